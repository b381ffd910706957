/** A process with a breaker that it shares with others: it fails calls, asks for leave, and tells what became of it. */

import { argv } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { redis } from "@sluice/core/redis";
import { sqlite } from "@sluice/core/sqlite";
import { type BreakerState, circuitBreaker, type Permit } from "@sluice/outbound";
import { redisClient } from "@sluice/test-services/redis";

/** Where the breaker is kept. */
export type Kept = { readonly sqlite: string } | { readonly redis: string };

/** Fails so many calls that it opens; asks for many at the same time; or says that all that it was given leave for succeeded. */
export type BreakerOrder = "fail" | "ask" | "succeed" | "state";

export interface BreakerAnswer {
  /** Leaves that were given just now: probes, and calls through a closed breaker. */
  readonly probes: number;
  readonly calls: number;
  readonly state: BreakerState;
}

export const openMs = 1_000;
export const probeTimeoutMs = 3_000;
const callers = 25;

const [, program, kept] = argv;
if (process.send && program?.endsWith("breaker-process.ts") && kept !== undefined) {
  const where: Kept = JSON.parse(kept);
  const backend =
    "sqlite" in where ? sqlite(new DatabaseSync(where.sqlite)) : redis(redisClient(where.redis), { deadlineMs: 5_000 });
  const breaker = circuitBreaker({ name: "grok", backend, openMs, probeTimeoutMs, minimumCalls: 5 });
  let leaves: Permit[] = [];

  const obey = async (order: BreakerOrder): Promise<void> => {
    if (order === "ask") {
      const asked = await Promise.all(Array.from({ length: callers }, () => breaker.admit()));
      leaves = asked.filter((leave) => "done" in leave);
    } else if (order === "succeed") {
      await Promise.all(leaves.splice(0).map((leave) => leave.done("success")));
    } else if (order === "fail") {
      for (let i = 0; i < 5; i++) {
        const leave = await breaker.admit();
        if ("done" in leave) await leave.done("failure");
      }
    }
    const probes = leaves.filter(({ isProbe }) => isProbe).length;
    const answer: BreakerAnswer = { probes, calls: leaves.length - probes, state: await breaker.state() };
    process.send?.(answer);
  };
  process.on("message", (order: BreakerOrder) => void obey(order));
}
