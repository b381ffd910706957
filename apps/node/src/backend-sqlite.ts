/** Limits in a SQLite file, shared by every process of this machine that names it. */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Charge, perMinute, policy } from "@sluice/core";
import { sqlite } from "@sluice/core/sqlite";
import type { OpenBackend } from "./backend.ts";

/** Books nothing; asked once, so that the file has what it needs before anybody waits for it. */
const question: Charge = { policy: policy("start", perMinute(1)), key: "", cost: 0, mode: "peek" };

/** @throws Error with a sentence that names the setting and the path. */
export function openSqlite(path: string, setting = "SQLITE_LIMITS_PATH"): OpenBackend {
  let database: DatabaseSync | undefined;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    // Another process may be starting, too, and holds the file for a moment; the backend sets its own, shorter deadline.
    const opened = new DatabaseSync(path, { timeout: 5_000 });
    database = opened;
    // A file that can be read but not written would be found out by the first charge only.
    opened.exec("begin immediate; rollback");
    const backend = sqlite(opened);
    backend.consume([question]);
    return { backend, close: () => opened.close() };
  } catch (cause) {
    database?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const cure = "Name a new file, or one that held limits before, in a folder this app may write to";
    throw new Error(`${setting}=${JSON.stringify(path)} cannot be opened: ${reason}. ${cure}.`, { cause });
  }
}
