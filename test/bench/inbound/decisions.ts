/** Decisions per second of the memory backend: one hot key and a million keys, all allowed and all denied. */

import { deepStrictEqual } from "node:assert";
import { type Policy, policy } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Contenders } from "../contender.ts";
import { type Measure, type Row, ratioRow } from "../measure.ts";
import { type Progress, quotients, race, rawTimes, timed } from "../rounds.ts";
import { bareLoop } from "./bare-loop.ts";
import { inRandomOrder, keys } from "./keys.ts";

/** How many per how long, over how many keys. On a million keys nothing expires before the run ends. */
const cases = {
  "one hot key, allowed": { keys: 1, limit: 1_000_000_000, windowMs: 1_000 },
  "one hot key, denied": { keys: 1, limit: 60, windowMs: 60_000 },
  "1 M keys, allowed": { keys: 1_000_000, limit: 1_000, windowMs: 3_600_000 },
  "1 M keys, denied": { keys: 1_000_000, limit: 1, windowMs: 3_600_000 },
} as const;

type Case = (typeof cases)[keyof typeof cases];

/** Results are kept a while, as a caller keeps them, so that no compiler can leave them out. */
const kept: unknown[] = new Array(1_024).fill(undefined);

const peers = {
  sluice: "Sluice",
  flexible: "rate-limiter-flexible",
  unprefixed: "rate-limiter-flexible without a key prefix",
  bare: "bare Map loop",
} as const;

const loops = {
  sluice({ limit, windowMs }: Case) {
    const asked: Policy = policy("bench", { algorithm: "token-bucket", limit, windowMs });
    const backend = memory({ maxKeys: 2_000_000 });
    return (keys: readonly string[], from: number, until: number) => {
      for (let i = from; i < until; i++) {
        kept[i & 1023] = backend.consume([{ policy: asked, key: keys[i % keys.length] as string, cost: 1 }]);
      }
    };
  },

  flexible({ limit, windowMs }: Case, keyPrefix = "rlflx") {
    const limiter = new RateLimiterMemory({ points: limit, duration: windowMs / 1_000, keyPrefix });
    return async (keys: readonly string[], from: number, until: number) => {
      for (let i = from; i < until; i++) {
        try {
          kept[i & 1023] = await limiter.consume(keys[i % keys.length] as string);
        } catch (denial) {
          kept[i & 1023] = denial;
        }
      }
    };
  },

  /** Spared the new string that it otherwise makes of prefix and key for every decision. */
  unprefixed: (one: Case) => loops.flexible(one, ""),

  bare({ limit, windowMs }: Case) {
    const decide = bareLoop(limit, windowMs);
    return (keys: readonly string[], from: number, until: number) => {
      for (let i = from; i < until; i++) kept[i & 1023] = decide(keys[i % keys.length] as string, Date.now());
    };
  },
};

export const contenders: Contenders<Progress> = Object.fromEntries(
  Object.entries(cases).flatMap(([title, one]) =>
    Object.entries(loops).map(([name, make]) => [
      `${title}: ${name}`,
      timed(async () => {
        const names = inRandomOrder(keys(one.keys));
        const loop = make(one);
        // Every key is known before the clock starts, and where all is to be denied, spent.
        await loop(names, 0, Math.max(names.length, 100));
        let next = 0;
        return (operations) => {
          const from = next;
          next = (from + operations) % names.length;
          return loop(names, from, from + operations);
        };
      }),
    ]),
  ),
);

export const decisions: Measure = async () => {
  checkThatBareAgrees();
  const rows: Row[] = [];
  const raw: string[] = [];
  for (const title of Object.keys(cases)) {
    const names = Object.keys(peers).map((peer) => `${title}: ${peer}`);
    const times = await race(import.meta.url, names);
    const of = (peer: keyof typeof peers): readonly number[] => times[`${title}: ${peer}`] ?? [];
    const measure = `decisions/s, ${title}`;
    rows.push(ratioRow(measure, peers.flexible, quotients(of("flexible"), of("sluice")), { least: 5 }));
    rows.push(ratioRow(measure, peers.bare, quotients(of("bare"), of("sluice")), { least: 0.5 }));
    const named = Object.entries(peers).map(([peer, label]) => [label, of(peer as keyof typeof peers)]);
    raw.push(...rawTimes(measure, Object.fromEntries(named)));
  }
  return { rows, raw };
};

/** The bare loop is a fair yardstick only if it really computes what Sluice does. */
function checkThatBareAgrees(): void {
  let now = 1_700_000_000_000;
  const asked = policy("bench", { algorithm: "token-bucket", limit: 17, windowMs: 60_000 });
  const backend = memory({ clock: { now: () => now } });
  const decide = bareLoop(17, 60_000);
  for (let i = 0; i < 200; i++) {
    now += (i * 7_919) % 5_000;
    const [decision] = backend.consume([{ policy: asked, key: "key", cost: 1 }]).decisions;
    const { allowed, remaining, resetAfterMs, windowAfterMs, retryAfterMs, receipt } = decision ?? {};
    deepStrictEqual(decide("key", now), { allowed, remaining, resetAfterMs, windowAfterMs, retryAfterMs, receipt });
  }
}
