import { policy } from "@sluice/core";
import { fakeClock, onClock } from "@sluice/core/testing";
import { hasRedis } from "@sluice/test-services/redis";
import { describe, expect, it } from "vitest";
import { prove } from "../prove.ts";
import { charge, upstashFixture } from "./upstash-fixture.ts";

if (hasRedis) {
  const { backend, front } = await upstashFixture();
  const clock = fakeClock();

  await prove(
    {
      make: () => backend(onClock(clock, {})),
      clock,
      trips: () => front.requests().length,
    },
    { notClaimed: [] },
  );

  describe("upstash as shipped, by the database's own clock", () => {
    const fast = (algorithm: "token-bucket" | "fixed-window" | "sliding-window" | "sliding-log") =>
      policy(algorithm, { limit: 3, algorithm, windowMs: 600 });

    it.each(["token-bucket", "fixed-window", "sliding-window", "sliding-log"] as const)(
      "admits its limit by the %s, and more after the wait it tells",
      async (algorithm) => {
        const shipped = backend();
        const asked = [charge({ policy: fast(algorithm) })];
        for (let i = 0; i < 3; i++) expect((await shipped.consume(asked)).allowed).toBe(true);
        const denied = await shipped.consume(asked);
        expect(denied).toMatchObject({ allowed: false, decisions: [{ allowed: false, charged: 0 }] });
        await new Promise((resolve) => setTimeout(resolve, (denied.retryAfterMs ?? 0) + 5));
        expect((await shipped.consume(asked)).allowed).toBe(true);
      },
    );

    it("begins a calendar's day at local midnight", async () => {
      const shipped = backend();
      const daily = policy("daily", { limit: 2, algorithm: "calendar", period: "day", timeZone: "Asia/Kathmandu" });
      const { decisions } = await shipped.consume([charge({ policy: daily })]);
      const midnight = Date.now() + (decisions[0]?.windowAfterMs ?? 0);
      const local = new Intl.DateTimeFormat("en", {
        timeZone: "Asia/Kathmandu",
        timeStyle: "medium",
        hourCycle: "h23",
      });
      expect(local.format(midnight + 1_000)).toMatch(/^(00|24):00:0/);
    });

    it("settles, resets and decides groups", async () => {
      const shipped = backend();
      const { decisions } = await shipped.consume([charge({ cost: 10 })]);
      expect(decisions[0]).toMatchObject({ charged: 10, remaining: 50 });
      await shipped.settle?.([{ decision: decisions[0] as (typeof decisions)[number], cost: 2 }]);
      const groups = await shipped.consumeEach?.([[charge()], [charge({ cost: 100 })]]);
      expect(groups?.map(({ allowed }) => allowed)).toEqual([true, false]);
      expect(Math.round(groups?.[0]?.decisions[0]?.remaining ?? 0)).toBe(57);
      await shipped.reset?.(charge());
      expect((await shipped.consume([charge({ cost: 60 })])).allowed).toBe(true);
    });

    it("takes no clock as an option", () => {
      expect(() => backend({ clock: fakeClock() } as object)).toThrow(/SLUICE_OPTION_UNKNOWN.*"clock"/);
    });
  });
} else {
  it.skipIf(!hasRedis)("upstash: needs redis-server", () => {});
}
