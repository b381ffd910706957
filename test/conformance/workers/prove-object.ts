/** All cases and random histories on real objects, for a part of the algorithms: files run side by side, tests of one do not. */

import { evictAllDurableObjects } from "cloudflare:test";
import { durableObject } from "@sluice/core/durable-object";
import { type Algorithm, fakeStartMs, type TestClock } from "@sluice/core/testing";
import { keptSeeds } from "../kept-seeds.ts";
import { prove, withNewSeeds } from "../prove.ts";
import { clock, holdTime, LIMITER, own } from "./objects.ts";

/** Fewer than elsewhere, since a history takes a while here; but all that have ever failed. */
const seeds = withNewSeeds(
  keptSeeds.filter((seed) => seed <= 6 || seed > 20),
  4,
);

/** Declares the tests. Await it at the top of a test file. Names that run together show where all keys are in one object. */
export async function proveObject(anonymousShards: number, algorithms: readonly Algorithm[]): Promise<void> {
  holdTime();
  const objects = own(LIMITER);
  let moved = false;
  const noted: TestClock = {
    set(instantMs) {
      moved ||= instantMs !== fakeStartMs;
      clock.set(instantMs);
    },
    advance(ms) {
      noted.set(Date.now() + ms);
    },
  };
  await prove(
    {
      async make() {
        // Counters of every case have names of their own, but objects remember where time was set back before it.
        if (moved) await evictAllDurableObjects();
        moved = false;
        return durableObject(objects, { denyCache: false, anonymousShards });
      },
      clock: noted,
      trips: () => objects.calls.length,
      crowd: 100,
      algorithms,
    },
    { notClaimed: ["does not claim acrossShards"], seeds },
  );
}
