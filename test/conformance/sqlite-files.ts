/** Paths for new SQLite files, in a folder that goes when the tests of the file that asked for it are done. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export function newFiles(): () => string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-sqlite-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let files = 0;
  return () => join(folder, `limits-${++files}.sqlite`);
}
