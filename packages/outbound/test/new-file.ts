/** Files that a test's processes share. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A path for a database of the running test's own; gone, with what SQLite puts beside it, when that test ends. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-outbound-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "shared.db");
}
