/** The Worker in workerd for these tests: wrangler.jsonc with changes, a database with the demo data, and its log. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Database, seedWhenEmpty } from "@sluice/feeds";
import { drizzle } from "drizzle-orm/d1";
import { createTestHarness, unstable_readConfig as readConfig, type TestHarness } from "wrangler";

process.env["CLOUDFLARE_CF_FETCH_ENABLED"] ??= "false";

const configPath = fileURLToPath(new URL("../../wrangler.jsonc", import.meta.url));

/** The Worker's configuration as an object, with changes; what is undefined in them is left out. */
// biome-ignore lint/suspicious/noExplicitAny: wrangler's own types for it differ between reading and starting.
export function configuration(changes: Readonly<Record<string, unknown>> = {}): any {
  const own = readConfig({ config: configPath });
  const { name, main, compatibility_date, compatibility_flags, vars } = own;
  const { d1_databases, durable_objects, migrations, ratelimits } = own;
  const aliases: Readonly<Record<string, string>> = own.alias ?? {};
  const paths = Object.entries(aliases).map(([name, to]) => [name, resolve(dirname(configPath), to)]);
  const alias = Object.fromEntries(paths);
  const bindings = { d1_databases, durable_objects, migrations, ratelimits };
  const all = { name, main, compatibility_date, compatibility_flags, alias, vars, ...bindings, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A running Worker. */
export interface RunningWorker {
  readonly url: URL;
  readonly harness: TestHarness;
  /** Lines of the log, but for those of requests. */
  log(): readonly string[];
}

/** Starts it behind the Workers in front of it, if there are any, with its tables and the demo data. */
export async function startWorker(
  changes: Readonly<Record<string, unknown>>,
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  inFront: readonly any[] = [],
): Promise<RunningWorker> {
  const harness = createTestHarness({
    workers: [...inFront.map((config) => ({ config })), { config: configuration(changes) }],
  });
  try {
    const { url } = await harness.listen();
    const { DB } = await harness.getWorker<{ readonly DB: never }>("sluice-feeds").getEnv();
    // As `wrangler d1 migrations apply` does, whose folder the harness looks for beside an entry that it does not know.
    const migrations = fileURLToPath(new URL("../../../feeds/migrations/", import.meta.url));
    const files = readdirSync(migrations).filter((file) => file.endsWith(".sql"));
    for (const file of files.sort()) {
      await (DB as { exec(lines: string): Promise<void> }).exec(oneLineEach(readFileSync(migrations + file, "utf8")));
    }
    await seedWhenEmpty(drizzle(DB) as unknown as Database);
    const log = () => harness.getLogs().flatMap(({ message }) => message.split("\n"));
    return { url, harness, log: () => log().filter((line) => !line.includes('"msg":"request"')) };
  } catch (error) {
    await harness.close();
    throw error;
  }
}

function oneLineEach(sql: string): string {
  const statements = sql.split("--> statement-breakpoint").map((statement) => statement.replaceAll(/\s+/g, " ").trim());
  return statements.join("\n");
}
