/** The database that a target is booted with: the demo data and the accounts of the cases, in one SQLite file. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { seedWhenEmpty } from "@sluice/feeds";
import { openDatabase } from "@sluice/node/database";
import { addAccounts } from "../accounts.ts";
import type { AccessRow } from "../target.ts";

/** The folder of the app's migrations. */
export const migrations: string = fileURLToPath(new URL("../../../apps/feeds/migrations/", import.meta.url));

/** Made once for everybody in this process: hashing tokens and seeding takes longer than writing a file. */
let filled: Promise<Uint8Array> | undefined;

/** Writes such a database to a new file. */
export async function writeDatabase(path: string): Promise<void> {
  filled ??= fill();
  writeFileSync(path, await filled);
}

/** What the access log of such a file says now, the oldest first; the app may be writing to it. */
export function accessesIn(path: string): readonly AccessRow[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const rows = database
      .prepare("select feed_id, at_ms, address, user_agent, status from sluice_feed_access order by id")
      .all();
    return rows.map((row) => ({
      feedId: String(row["feed_id"]),
      atMs: Number(row["at_ms"]),
      address: String(row["address"]),
      userAgent: String(row["user_agent"]),
      status: Number(row["status"]),
    }));
  } finally {
    database.close();
  }
}

async function fill(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-template-"));
  try {
    const path = join(folder, "feeds.sqlite");
    const { db, close } = openDatabase(path, migrations);
    await seedWhenEmpty(db);
    await addAccounts(db);
    close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
