/** D1 as a target is booted with it: what the other targets have in a file, in one statement after the other. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { AccessRow } from "../target.ts";
import { writeDatabase } from "./database.ts";

/** What is used of D1. */
interface D1 {
  exec(lines: string): Promise<unknown>;
  prepare(sql: string): { all(): Promise<{ readonly results: readonly Readonly<Record<string, unknown>>[] }> };
}

/** Rows of one statement, which may be 100 kB long. */
const rowsPerStatement = 40;

/** Made once for everybody in this process. */
let lines: Promise<string> | undefined;

/** Gives an empty D1 the tables, the demo data and the accounts, in one call. */
export async function fillDatabase(database: unknown): Promise<void> {
  lines ??= dump();
  await (database as D1).exec(await lines);
}

/** What the access log says now, the oldest first. */
export async function accessesIn(database: unknown): Promise<readonly AccessRow[]> {
  const asked = (database as D1).prepare(
    "select feed_id, at_ms, address, user_agent, status from sluice_feed_access order by id",
  );
  const { results } = await asked.all();
  return results.map((row) => ({
    feedId: String(row["feed_id"]),
    atMs: Number(row["at_ms"]),
    address: String(row["address"]),
    userAgent: String(row["user_agent"]),
    status: Number(row["status"]),
  }));
}

/** The database of the other targets as SQL, a statement on each line, as D1 wants it. */
async function dump(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-dump-"));
  const path = join(folder, "feeds.sqlite");
  await writeDatabase(path);
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const made = database
      .prepare("select name, type, sql from sqlite_master where sql is not null and tbl_name not like 'sqlite_%'")
      .all()
      // Migrations are Node's own list here; D1 has another, which nobody reads in these runs.
      .filter(({ name }) => name !== "migrations");
    const schema = made.map(({ sql }) => `${String(sql).replaceAll(/\s+/g, " ")};`);
    const rows = made.filter(({ type }) => type === "table").flatMap(({ name }) => inserts(database, String(name)));
    return ["pragma defer_foreign_keys = on;", ...schema, ...rows].join("\n");
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

function inserts(database: DatabaseSync, table: string): string[] {
  const rows = database.prepare(`select * from "${table}"`).all();
  const chunks = Array.from({ length: Math.ceil(rows.length / rowsPerStatement) }, (_, index) =>
    rows.slice(index * rowsPerStatement, (index + 1) * rowsPerStatement),
  );
  return chunks.map((some) => {
    const values = some.map((row) => `(${Object.values(row).map(literal).join(",")})`);
    return `insert into "${table}" values ${values.join(",")};`;
  });
}

function literal(value: SQLOutputValue): string {
  if (typeof value !== "string") return String(value);
  return `'${value.replaceAll("'", "''").replaceAll("\n", "'||char(10)||'")}'`;
}
