/** A process with a scheduler of one job, whose effects go to a store that knows fences and to one that does not. */

import { argv, pid } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { redis } from "@sluice/core/redis";
import { sqlite } from "@sluice/core/sqlite";
import { type JobRun, leases, scheduler } from "@sluice/outbound";
import { redisClient } from "@sluice/test-services/redis";

/** What a process is told at its start: where leases are kept, where effects go, and whether its job heeds its signal. */
export interface Orders {
  readonly leases: { readonly sqlite: string } | { readonly redis: string };
  readonly effects: string;
  readonly job: "heeds" | "ignores";
}

/** What a process is told while it runs: to stop in the middle of its next run, as if it were suspended, or not to. */
export type Order = "stop" | "go on";

/** What a process tells: that a run has begun, that it stops now, or what became of it. */
export type Told =
  | { readonly type: "began" | "stops"; readonly fence: number }
  | { readonly type: "ended"; readonly fence: number; readonly refused: number; readonly aborted: boolean }
  | { readonly type: "error"; readonly code: string };

export const everyMs = 300;
export const ttlMs = 900;
const steps = 5;
const stepMs = 30;

/** Tables in which each effect is a row: of the fenced one a write under an older fence is refused by the store itself. */
export function effectStore(path: string) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL");
  database.exec("CREATE TABLE IF NOT EXISTS fence (name TEXT PRIMARY KEY, fence INTEGER NOT NULL)");
  const columns = "(nth INTEGER PRIMARY KEY AUTOINCREMENT, fence INTEGER, instant INTEGER, pid INTEGER)";
  for (const table of ["fenced", "unfenced"]) database.exec(`CREATE TABLE IF NOT EXISTS ${table} ${columns}`);
  database.exec("INSERT OR IGNORE INTO fence VALUES ('job', 0)");
  const raise = database.prepare("UPDATE fence SET fence = ? WHERE name = 'job' AND fence <= ?");
  const insert = (table: string) => database.prepare(`INSERT INTO ${table} (fence, instant, pid) VALUES (?, ?, ?)`);
  const [fenced, unfenced] = [insert("fenced"), insert("unfenced")];
  return {
    database,
    /** Whether it was accepted. */
    writeFenced(fence: number, instant: number): boolean {
      database.exec("BEGIN IMMEDIATE");
      const isNewest = raise.run(fence, fence).changes === 1;
      if (isNewest) fenced.run(fence, instant, pid);
      database.exec("COMMIT");
      return isNewest;
    },
    write(fence: number, instant: number): void {
      unfenced.run(fence, instant, pid);
    },
  };
}

const [, program, ordered] = argv;
if (process.send && program?.endsWith("lease-process.ts") && ordered !== undefined) {
  const orders: Orders = JSON.parse(ordered);
  const tell = (told: Told): Promise<void> => new Promise((sent) => process.send?.(told, () => sent()));
  let order: Order = "go on";
  process.on("message", (told: Order) => {
    order = told;
  });
  const store = effectStore(orders.effects);
  const backend =
    "sqlite" in orders.leases
      ? sqlite(new DatabaseSync(orders.leases.sqlite))
      : redis(redisClient(orders.leases.redis));

  const run = async ({ fence, instantMs = 0, signal, leftMs }: JobRun): Promise<void> => {
    let refused = 0;
    for (let step = 0; step < steps; step++) {
      if (step === 1 && order === "stop") {
        order = "go on";
        await tell({ type: "stops", fence });
        // Nothing runs between this and the next effect, once it goes on: no timer, and no answer of a backend.
        process.kill(pid, "SIGSTOP");
      }
      if (!store.writeFenced(fence, instantMs)) refused++;
      // What cannot be fenced asks first.
      if (leftMs() > 0) store.write(fence, instantMs);
      if (orders.job === "heeds" && signal.aborted) break;
      if (step === 0) void tell({ type: "began", fence });
      await wait(stepMs);
    }
    void tell({ type: "ended", fence, refused, aborted: signal.aborted });
  };
  const onError = (error: unknown): void =>
    void tell({ type: "error", code: (error as { code?: string }).code ?? `${error}` });
  scheduler({
    jobs: [{ name: "job", everyMs, ttlMs, run }],
    leases: leases({ backend }),
    by: `${pid}`,
    onError,
  }).start();
}
