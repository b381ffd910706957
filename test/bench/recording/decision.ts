/** What recording one decision takes, by itself: called in a loop, rows taken and written included. */

import { type Decision, perMinute } from "@sluice/core";
// Not by its package, which has pages as well: Node strips types, but turns no JSX into calls.
import { recorder } from "../../../packages/console/src/recording/make-recorder.ts";
import type { Contenders } from "../contender.ts";
import { type Measure, median } from "../measure.ts";
import { race, rawTimes, type TimedProgress, timed } from "../rounds.ts";
import { consoleDatabase, inFolder } from "./database.ts";
import { limits, planOf, users } from "./users.ts";

const names = ["one user", "1,000 users", "1,000 users, half denied"] as const;
const policy = { name: "api", ...perMinute(60) };
const reachNs = 500;
/** Slices between two writings: some 600 ms of work, where a process writes every two seconds. */
const slicesPerFlush = 24;

export const contenders: Contenders<TimedProgress> = Object.fromEntries(
  names.map((name) => [
    name,
    timed((folder) => {
      const { db } = consoleDatabase(folder);
      const { onDecision, flush } = recorder({ db, background: (task) => void task(), limits, planOf });
      const own = name === "one user" ? users.slice(0, 1) : users;
      const events = own.map((user, i) => {
        const allowed = name !== "1,000 users, half denied" || i % 2 === 0;
        const decision: Decision = {
          policy,
          key: `api:${user}`,
          shard: user,
          cost: 1,
          allowed,
          charged: allowed ? 1 : 0,
        };
        return { allowed, decisions: [decision] };
      });
      let slice = 0;
      return async (operations) => {
        for (let i = 0; i < operations; i++) onDecision(events[i % events.length] as (typeof events)[number]);
        if (++slice % slicesPerFlush === 0) await flush();
      };
    }),
  ]),
);

export const recordedDecision: Measure = async () => {
  const times = await inFolder((folder) => race(import.meta.url, names, folder));
  return {
    rows: names.map((name) => {
      const ns = median(times[name]);
      return {
        measure: `recording a decision, ${name}`,
        against: "–",
        measured: `${ns.toFixed(0)} ns`,
        reach: `< ${reachNs} ns`,
        met: ns < reachNs,
      };
    }),
    raw: rawTimes("recording a decision", times),
  };
};
