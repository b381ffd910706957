/** What a daily limit that refuses burns of the hourly one beside it. */

import { perDay, perHour } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { all, limiter } from "@sluice/outbound";
import { RateLimiterMemory, RateLimiterUnion } from "rate-limiter-flexible";
import type { Measure } from "../measure.ts";

const hourly = 100;
const refusals = 19;

export const composite: Measure = async () => {
  const [own, peer] = [await burntBySluice(), await burntByUnion()];
  const measure = `hourly points burnt by 1 success and ${refusals} daily refusals`;
  return {
    rows: [{ measure, against: `rate-limiter-flexible union ${peer}`, measured: `${own}`, reach: "1", met: own === 1 }],
    raw: [`${measure}: Sluice, all() ${own}; rate-limiter-flexible, union ${peer}`],
  };
};

async function burntBySluice(): Promise<number> {
  const backend = memory();
  const hour = limiter({ name: "hour", rate: perHour(hourly), backend, shard: "mail" });
  const day = limiter({ name: "day", rate: perDay(1), backend, shard: "mail" });
  const both = all(hour, day);
  const granted: boolean[] = [];
  for (let i = 0; i <= refusals; i++) granted.push((await both.tryAcquire()).allowed);
  checkGranted(granted);
  const [state] = await hour.peek();
  return state?.used ?? Number.NaN;
}

async function burntByUnion(): Promise<number> {
  const hour = new RateLimiterMemory({ keyPrefix: "hour", points: hourly, duration: 3_600 });
  const day = new RateLimiterMemory({ keyPrefix: "day", points: 1, duration: 86_400 });
  const both = new RateLimiterUnion(hour, day);
  const granted: boolean[] = [];
  for (let i = 0; i <= refusals; i++) {
    granted.push(
      await both.consume("key").then(
        () => true,
        () => false,
      ),
    );
  }
  checkGranted(granted);
  return (await hour.get("key"))?.consumedPoints ?? Number.NaN;
}

function checkGranted(granted: readonly boolean[]): void {
  const count = granted.filter(Boolean).length;
  if (count !== 1 || !granted[0]) throw new Error(`granted ${count} of ${granted.length}, expected the first alone`);
}
