/** Blocks, and calendars whose zone changes, on servers that run Lua: decided as the pure steps decide them. */

import { type Charge, isConfigError, longestHoldMs, type Outcome, type Policy, policy } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { fakeClock, fakeStartMs, onClock } from "@sluice/core/testing";
import { hasRedis } from "@sluice/test-services/redis";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type State, stepsOf } from "../../../packages/core/src/algorithms/compile.ts";
import { decide } from "../../../packages/core/src/algorithms/decide.ts";
import { upstashFixture } from "./upstash-fixture.ts";

const minute = 60_000;
const bucket = policy("api", { algorithm: "token-bucket", limit: 60, windowMs: minute });
const slow = policy("slow", { algorithm: "token-bucket", limit: 1, windowMs: minute });

if (hasRedis) {
  const { backend: upstash, direct } = await upstashFixture();
  const clock = fakeClock();
  let made = 0;
  const options = () => ({ prefix: `blocks${++made}:`, denyCache: false as const, deadlineMs: 10_000 });
  const onRedis = () => redis(direct, onClock(clock, options()));
  const onUpstash = () => upstash(onClock(clock, {}));

  /** What the steps say to the same charges, one counter for each key. */
  const pure = () => {
    const states = new Map<string, State>();
    return {
      consume(charge: Charge): Outcome {
        const steps = stepsOf(charge.policy);
        const own = [states.get(charge.key) ?? steps.empty];
        const outcome = decide([charge], [steps], own, clock.now());
        states.set(charge.key, own[0] as State);
        return outcome;
      },
      block(policy: Policy, key: string, forMs: number, shorten: boolean) {
        const steps = stepsOf(policy);
        const state = steps.observe(states.get(key) ?? steps.empty, clock.now());
        states.set(key, steps.block?.(state, forMs, clock.now(), shorten) as State);
      },
    };
  };

  const cost = fc.constantFrom(0, 1, 1, 0.5, 7, 60);
  const key = fc.constantFrom("a", "b");
  const ms = fc.constantFrom(1, 999, 1_000, 60_000, 3_600_000, -1_500);

  describe.each([
    ["redis", onRedis],
    ["upstash", onUpstash],
  ])("blocks of %s", (_name, make) => {
    it("are kept as the step keeps them", async () => {
      const numbers = fc.record({
        limit: fc.constantFrom(1, 17, 60),
        windowMs: fc.constantFrom(1_000, 9_973, minute),
        strict: fc.constantFrom(undefined, true as const),
      });
      const step = fc.oneof(
        {
          arbitrary: fc.record({ key, cost, maxDelayMs: fc.constantFrom(undefined, undefined, 2_000, 100_000) }),
          weight: 3,
        },
        fc.record({ ms }),
        fc.record({
          key,
          forMs: fc.constantFrom(0, 1, 999, 10_000, 3_600_000, 10 ** 12),
          shorten: fc.boolean(),
        }),
      );
      await fc.assert(
        fc.asyncProperty(
          numbers,
          fc.array(step, { minLength: 1, maxLength: 25, size: "max" }),
          async ({ strict, ...rate }, steps) => {
            clock.set(fakeStartMs);
            const [tested, twin] = [make(), pure()];
            const own = policy("p", {
              algorithm: "token-bucket",
              ...rate,
              ...(strict && rate.limit > 1 && { strict, burst: Math.ceil(rate.limit / 3) }),
            });
            for (const one of steps) {
              if ("ms" in one) clock.advance(one.ms);
              else if ("forMs" in one) {
                twin.block(own, one.key, one.forMs, one.shorten);
                await tested.block?.({ policy: own, key: one.key }, one.forMs, { shorten: one.shorten });
              } else
                expect(await tested.consume([{ policy: own, ...one }])).toEqual(twin.consume({ policy: own, ...one }));
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    it("last a hundred years, and are lifted by a shorter one or a reset", async () => {
      clock.set(fakeStartMs);
      const backend = make();
      const identity = { policy: slow, key: "k" };
      const consume = async () => await backend.consume([{ ...identity, cost: 1 }]);
      await backend.block?.(identity, longestHoldMs);
      await backend.block?.(identity, 5);
      expect(await consume()).toMatchObject({ allowed: false, retryAfterMs: longestHoldMs + minute });
      await backend.block?.(identity, 0, { shorten: true });
      expect(await consume()).toMatchObject({ allowed: false, retryAfterMs: minute });
      await backend.block?.(identity, longestHoldMs);
      await backend.reset?.(identity);
      expect(await consume()).toMatchObject({ allowed: true });
    });

    it("go along with charges of the same moment, in their order", async () => {
      clock.set(fakeStartMs);
      const backend = make();
      const charge = { policy: bucket, key: "k", cost: 1 };
      const before = backend.consume([charge]);
      const blocked = backend.block?.(charge, 1_000);
      const after = backend.consume([charge]);
      await blocked;
      expect([(await before).allowed, (await after).allowed]).toEqual([true, false]);
    });

    it("are refused where there is no room for them", async () => {
      const log = policy("log", { algorithm: "sliding-log", limit: 5, windowMs: minute });
      for (const [of, forMs] of [
        [log, 5],
        [bucket, -1],
        [bucket, 0.5],
        [bucket, longestHoldMs + 1],
        [bucket, Number.NaN],
      ] as const) {
        const refused = async () => await make().block?.({ policy: of, key: "k" }, forMs);
        await expect(refused()).rejects.toSatisfy((error) => isConfigError(error) && error.code === "SLUICE_BLOCK");
      }
    });
  });

  it("a block is kept on the server for as long as it says something, by the server's clock", async () => {
    const backend = redis(direct, { prefix: "shipped:", denyCache: false, deadlineMs: 10_000 });
    const before = Date.now();
    await backend.block?.({ policy: slow, key: "k" }, longestHoldMs);
    const left = await direct.pttl((await direct.keys("shipped:*"))[0] ?? "");
    expect(left).toBeLessThanOrEqual(longestHoldMs + minute + 1);
    expect(left).toBeGreaterThan(longestHoldMs + minute - (Date.now() - before) - 2);
  });

  describe("a calendar whose zone changes", () => {
    const zones = ["Pacific/Kiritimati", "Asia/Kolkata", "UTC", "America/New_York", "Pacific/Pago_Pago"];

    it.each([
      ["redis", onRedis],
      ["upstash", onUpstash],
    ])("never ends earlier for it, and is decided alike: %s", async (_name, make) => {
      const step = fc.oneof(
        fc.record({ key, cost: fc.constantFrom(0, 1, 2), zone: fc.constantFrom(...zones) }),
        fc.record({ ms: fc.constantFrom(1, minute, 3_600_000, 7 * 3_600_000, 86_400_000, -3_600_000) }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("day" as const, "week" as const, "month" as const),
          fc.array(step, { minLength: 1, maxLength: 25, size: "max" }),
          async (period, steps) => {
            clock.set(fakeStartMs);
            const [tested, twin] = [make(), pure()];
            for (const one of steps) {
              if ("ms" in one) {
                clock.advance(one.ms);
                continue;
              }
              const { zone: timeZone, ...asked } = one;
              const charge = {
                policy: policy("sends", { algorithm: "calendar", limit: 3, period, timeZone }),
                ...asked,
              };
              expect(await tested.consume([charge])).toEqual(twin.consume(charge));
            }
          },
        ),
        { numRuns: 40 },
      );
    });
  });
} else {
  it.skipIf(!hasRedis)("blocks: need redis-server", () => {});
}
