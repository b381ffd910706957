/** The whole product within this process, behind a real port: a clock that tests set forward, and a database that they write into. */

import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import { socket } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { feedsApp, seedHistory, seedWhenEmpty } from "@sluice/feeds";
import { openDatabase } from "@sluice/node/database";

const migrations = fileURLToPath(new URL("../../apps/feeds/migrations/", import.meta.url));

export interface InProcess {
  readonly url: string;
  /** The same database by a connection of the test's own. */
  readonly sqlite: DatabaseSync;
  /** Milliseconds since 1970, as the app sees it. */
  now(): number;
  /** Lets that much time pass at once. */
  pass(ms: number): void;
  stop(): Promise<void>;
}

export async function startInProcess(): Promise<InProcess> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-console-"));
  const path = join(folder, "feeds.sqlite");
  const { db, close } = openDatabase(path, migrations);
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  await seedWhenEmpty(db);
  await seedHistory(db, now());
  const tasks = new Set<Promise<void>>();
  const { app, flush } = feedsApp({
    db,
    now,
    backend: memory({ clock: { now } }),
    source: socket(),
    logger: { info() {}, warn() {}, error() {} },
    background(task) {
      const done = task().finally(() => tasks.delete(done));
      tasks.add(done);
    },
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sqlite = new DatabaseSync(path, { timeout: 5_000 });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sqlite,
    now,
    pass(ms) {
      aheadMs += ms;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await flush();
      await Promise.allSettled(tasks);
      sqlite.close();
      close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
