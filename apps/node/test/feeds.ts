/** The whole product in process: node:sqlite in memory, a clock that stands still, every statement and log line kept. */

import { fileURLToPath } from "node:url";
import { socket } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { type FeedsDeps, feedsApp, seedWhenEmpty } from "@sluice/feeds";
import { backgroundTasks } from "../src/background.ts";
import { openDatabase } from "../src/database.ts";

export const migrations = fileURLToPath(new URL("../../feeds/migrations/", import.meta.url));

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export async function startFeeds(options: Partial<FeedsDeps> = {}) {
  const statements: string[] = [];
  const log: LogLine[] = [];
  const clock = { nowMs: Date.UTC(2026, 5, 1), now: () => clock.nowMs };
  const { db } = openDatabase(":memory:", migrations, (sql) => statements.push(sql));
  await seedWhenEmpty(db);
  const background = backgroundTasks();
  const line = (level: LogLine["level"]) => (fields: object, message: string) => {
    log.push({ level, message, fields: fields as Record<string, unknown> });
  };
  const { app, health, flush } = feedsApp({
    db,
    backend: memory({ clock }),
    source: socket(),
    logger: { info: line("info"), warn: line("warn"), error: line("error") },
    background: background.run,
    now: clock.now,
    ...options,
  });

  /** Sends a request from an address, by default always the same one. */
  async function send(path: string, init: RequestInit = {}, from = "192.0.2.1"): Promise<Response> {
    return app.request(path, init, { incoming: { socket: { remoteAddress: from } } });
  }

  /** The same with the token of a demo user; a body goes out as JSON. */
  async function as(user: string, path: string, body?: unknown, from?: string): Promise<Response> {
    const headers = { Authorization: `Bearer demo-${user}`, "Content-Type": "application/json" };
    const init = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
    return send(path, init, from);
  }

  statements.length = 0;
  return { app, health, flush, db, background, statements, log, clock, send, as };
}
