/** What the example says when it is started with a setting or a server that is wrong: its settings, backends and log are the real ones. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { atStartWithRedis } from "./at-start-redis.ts";
import type { Cases } from "./cases.ts";
import { nodeApp } from "./on-node.ts";
import { answeredByApp } from "./on-workers.ts";
import { onRedis, onUpstash, said } from "./said.ts";

/** In a folder of its own, which is gone afterwards. */
async function inFolder(run: (folder: string) => string | Promise<string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-start-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const onSqlite = (path: string) => said({ RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: path });

/** The app on Workers without any binding, asked for once. */
let unbound: Promise<string> | undefined;
const withoutBindings = (): Promise<string> => {
  unbound ??= answeredByApp({ without: ["d1_databases", "ratelimits", "durable_objects", "migrations"] });
  return unbound;
};

/** The rows under "Start-up of the example", by their first cells. */
export const atStart: Cases = {
  '`RATE_LIMIT_BACKEND="…" is not known`': () => said({ RATE_LIMIT_BACKEND: "Redis" }),
  async "`settings of other backends are not read` (a line in the log)"() {
    return (await nodeApp("uncounted")).log();
  },
  '`RECORD_DECISIONS="…" takes RATE_LIMIT_BACKEND=memory`': () =>
    said({ RECORD_DECISIONS: "decisions.jsonl", RATE_LIMIT_BACKEND: "noop" }),

  "`needs SQLITE_LIMITS_PATH`": () => said({ RATE_LIMIT_BACKEND: "sqlite", DATABASE_PATH: ":memory:" }),
  "`cannot be opened: unable to open database file`": () =>
    inFolder((folder) => {
      mkdirSync(join(folder, "limits.sqlite"));
      return onSqlite(join(folder, "limits.sqlite"));
    }),
  "`cannot be opened: file is not a database`": () =>
    inFolder((folder) => {
      writeFileSync(join(folder, "letter.txt"), "Dear reader, this is no database. ".repeat(50));
      return onSqlite(join(folder, "letter.txt"));
    }),
  "`cannot be opened: attempt to write a readonly database`": () =>
    inFolder(async (folder) => {
      const path = join(folder, "limits.sqlite");
      await onSqlite(path);
      // The version that a program has to know to write this file: a later one, so that root may not write it either.
      const file = readFileSync(path);
      file[18] = 3;
      writeFileSync(path, file);
      return await onSqlite(path);
    }),
  "`cannot be opened: … is its table as Sluice made it?`": () =>
    inFolder((folder) => {
      const other = new DatabaseSync(join(folder, "other.sqlite"));
      other.exec("create table sluice_counters (name text)");
      other.close();
      return onSqlite(join(folder, "other.sqlite"));
    }),
  "`SLUICE_BACKEND_TIMEOUT: sqlite …` in the log, now and then": () =>
    inFolder(async (folder) => {
      const path = join(folder, "limits.sqlite");
      const writer = new DatabaseSync(path);
      const environment = { RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: path };
      const lines = await said(environment, { meanwhile: () => writer.exec("begin immediate") });
      writer.close();
      return lines;
    }),

  "`REDIS_URL is set, but not to an address that can be read`": () => onRedis("redis://app:p@ss/w0rd@cache:6379"),
  '`REDIS_URL="https://…" has to begin with redis://`': () => onRedis("https://eu1-example.upstash.io"),
  "`trouble with the connection to Redis`: `ECONNREFUSED` or `ENOTFOUND`": async () =>
    [await onRedis("redis://127.0.0.1:1"), await onRedis("redis://redis.invalid")].join("\n"),
  ...atStartWithRedis,

  "`needs UPSTASH_REDIS_REST_URL` or `…_TOKEN`": () => said({ RATE_LIMIT_BACKEND: "upstash" }),
  '`UPSTASH_REDIS_REST_URL="rediss://…" has to begin with https://`': () =>
    onUpstash("rediss://eu1.upstash.io", "token"),
  "`UPSTASH_REDIS_REST_URL is refused`": () => onUpstash("http://db.example.com", "token"),
  "`UPSTASH_REDIS_REST_TOKEN is set, but with blanks, quotes …`": () => onUpstash("https://eu1.upstash.io", '"token"'),
  async "`SLUICE_BACKEND_UNREACHABLE: upstash …` or `SLUICE_BACKEND_TIMEOUT: upstash …` in the log"() {
    const slow = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => slow.once("listening", resolve));
    const { port } = slow.address() as AddressInfo;
    const lines = [
      await onUpstash("http://127.0.0.1:1", "token"),
      await onUpstash(`http://127.0.0.1:${port}`, "token"),
    ];
    slow.closeAllConnections();
    slow.close();
    return lines.join("\n");
  },

  "`DB is missing`": withoutBindings,
  "`SLUICE_BINDING_MISSING` on Workers": withoutBindings,
  "`no such table: users`, and `500`": () => answeredByApp({}),
};
