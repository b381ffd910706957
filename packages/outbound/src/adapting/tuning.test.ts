import { type Backend, perMinute } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { describe, expect, it } from "vitest";
import { all } from "../limits/all.ts";
import type { NamedLimiter } from "../limits/limiter.ts";
import { limiter } from "../limits/make-limiter.ts";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import { tuning } from "./make-tuning.ts";
import type { Tuning } from "./tuning.ts";

interface Made {
  readonly time: VirtualTime;
  readonly backend: Backend;
  readonly limit: NamedLimiter;
  readonly tuned: Tuning;
}

function made(options: { readonly isOn?: boolean; readonly backend?: Backend; readonly random?: number } = {}): Made {
  const time = virtualTime();
  const { backend = memory({ clock: time }), isOn = true, random = 0 } = options;
  const limit = limiter({ name: "api", rate: perMinute(60), backend, time, shard: "s", rampMs: 1_000 });
  return { time, backend, limit, tuned: tuning({ limiter: limit, isOn, time, random: () => random }) };
}

/** Sends so many and has them answered: so many accepted, the rest refused. */
async function sendAll({ tuned }: Made, count: number, accepted: number, waitMs?: number): Promise<void> {
  const calls = Array.from({ length: count }, () => tuned.sent());
  for (const [i, call] of calls.entries()) {
    await (i < accepted ? tuned.accepted(call) : tuned.throttled(call, waitMs, "429"));
  }
}

const opensIn = async ({ limit, time }: Made): Promise<number> => {
  const [state] = await limit.peek();
  return state?.paused?.untilMs === undefined ? 0 : state.paused.untilMs - time.now();
};

describe("tuning()", () => {
  it("asks its backend nothing before a call is refused", async () => {
    const inside = memory();
    const asked: string[] = [];
    const backend = new Proxy(inside, {
      get(target, name: keyof Backend) {
        const found = target[name];
        return typeof found === "function" && name !== "supports"
          ? (...given: never[]) => {
              asked.push(name);
              return (found as (...given: never[]) => unknown).apply(target, given);
            }
          : found;
      },
    });
    const own = made({ backend });
    await sendAll(own, 5, 5);
    expect(asked).toEqual([]);
    await sendAll(own, 1, 0);
    expect(asked).toContain("block");
  });

  it("holds everybody for as long as was said, tells why, and lowers the limit of all who ask for it", async () => {
    const own = made();
    const { limit, time, backend } = own;
    const other = limiter({ name: "other", rate: perMinute(60), backend, time, shard: "s" });
    const both = all(limit, other);
    const twin = limiter({ name: "api", rate: perMinute(60), backend, time, shard: "s", rampMs: 1_000 });
    await sendAll(own, 60, 40, 5_000);
    const paused = { reason: "429", by: "client api", sinceMs: time.now(), untilMs: time.now() + 5_000 };
    expect(both.tryAcquire()).toMatchObject({ because: "paused", violations: [{ name: "api", paused }] });
    await time.advance(70_000);
    for (const one of [limit, both, twin]) {
      expect(await one.peek()).toMatchObject([{ limit: 40 }, ...(one === both ? [{ limit: 60 }] : [])]);
    }
    // What one has taken, the others have spent.
    expect(both.tryAcquire(30)).toMatchObject({ allowed: true });
    expect(twin.tryAcquire(10)).toMatchObject({ allowed: true });
    expect(limit.tryAcquire()).toMatchObject({ because: "limit" });
    expect(other.tryAcquire(30)).toMatchObject({ allowed: true });
    expect(limit.for("another key").tryAcquire(60)).toMatchObject({ allowed: true });
  });

  it("takes one burst of refusals for one overload, whatever order they come in", async () => {
    for (const accepted of [(i: number) => i < 40, (i: number) => i >= 20, (i: number) => i % 3 > 0]) {
      const { tuned } = made();
      const calls = Array.from({ length: 60 }, () => tuned.sent());
      for (const [i, call] of calls.entries())
        await (accepted(i) ? tuned.accepted(call) : tuned.throttled(call, 1_000, "429"));
      expect(await tuned.state()).toMatchObject({ limit: 40, configured: 60 });
    }
  });

  it("takes calls that were let go before everybody held back, and are sent only now, for the same overload", async () => {
    const own = made();
    for (let i = 0; i < 8; i++) await sendAll(own, 1, 0);
    expect(await opensIn(own)).toBe(60_000);
    await sendAll(own, 8, 8);
    await own.time.advance(61_100);
    await sendAll(own, 1, 0);
    expect(await opensIn(own)).toBe(120_000);
  });

  it("counts calls in their own units", async () => {
    const { tuned } = made();
    const [first, second, third] = [tuned.sent(20), tuned.sent(15), tuned.sent(10)];
    await tuned.accepted(first as number);
    await tuned.accepted(second as number);
    await tuned.throttled(third as number, 1_000, "429");
    expect((await tuned.state()).limit).toBe(35);
  });

  it("learns nothing of a limit where nothing was accepted, and holds ever longer", async () => {
    const own = made();
    const holds: number[] = [];
    for (let i = 0; i < 5; i++) {
      await sendAll(own, 1, 0);
      holds.push(await opensIn(own));
      await own.time.advance((holds.at(-1) as number) + 1_100);
    }
    expect(holds).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
    expect(await own.tuned.state()).toEqual({ limit: 60, configured: 60, changedMs: undefined, raiseAtMs: undefined });
    await sendAll(own, 1, 1);
    await sendAll(own, 1, 0);
    expect(await opensIn(own)).toBe(60_000);
  });

  it("holds longer than an API says that still refuses afterwards", async () => {
    const own = made();
    await sendAll(own, 1, 0, 1_000);
    expect(await opensIn(own)).toBe(1_000);
    await own.time.advance(2_100);
    await sendAll(own, 1, 0, 1_000);
    expect(await opensIn(own)).toBe(120_000);
  });

  it("keeps the later end of two holds, and adds up to a tenth at random", async () => {
    const own = made({ random: 1 });
    await own.tuned.hold(10_000, "few are left");
    expect(await opensIn(own)).toBe(11_000);
    await own.tuned.hold(2_000, "few are left");
    expect(await opensIn(own)).toBe(11_000);
    await own.tuned.hold(20_000, "few are left");
    expect(await opensIn(own)).toBe(22_000);
    expect((await own.tuned.state()).limit).toBe(60);
  });

  it("adds a minute at most to what an API says, however long that is", async () => {
    const own = made({ random: 1 });
    await own.tuned.hold(86_400_000, "banned");
    expect(await opensIn(own)).toBe(86_460_000);
  });

  it("holds again after somebody has resumed", async () => {
    const own = made();
    await own.tuned.hold(60_000, "429");
    await own.limit.resume({ ramp: false });
    await own.tuned.hold(5_000, "429");
    expect(await opensIn(own)).toBe(5_000);
  });

  it("gives what is booked ahead back, so that nobody starts under the old limit", async () => {
    const own = made();
    const { limit, time, tuned } = own;
    const starts: number[] = [];
    const begun = time.now();
    for (let i = 0; i < 150; i++) {
      void limit.acquire(1, { maxWaitMs: 1e9 }).then(() => starts.push(time.now() - begun));
    }
    await time.advance(0);
    expect(starts).toHaveLength(60);
    await sendAll(own, 60, 40, 1_000);
    await time.advance(600_000);
    expect(starts).toHaveLength(150);
    const later = starts.filter((at) => at > 0);
    for (const from of later)
      expect(later.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(40);
    // 90 at 40 a minute, though all of them held slots behind one another before.
    expect(Math.max(...later)).toBeLessThan(3.2 * 61_000);
    expect((await tuned.state()).limit).toBe(40);
  });

  it("comes back up by accepted answers, and takes one step back where that fails", async () => {
    const own = made();
    const { time, tuned } = own;
    await sendAll(own, 60, 40, 1_000);
    expect(await tuned.state()).toMatchObject({ limit: 40, raiseAtMs: time.now() + 600_000, changedMs: time.now() });
    await time.advance(599_999);
    await sendAll(own, 1, 1);
    expect((await tuned.state()).limit).toBe(40);
    await time.advance(1);
    await sendAll(own, 1, 1);
    expect((await tuned.state()).limit).toBe(43);
    await sendAll(own, 42, 40, 1_000);
    expect(await tuned.state()).toMatchObject({ limit: 40, raiseAtMs: time.now() + 1_200_000 });
  });

  it("stays below what is announced while that holds, and never goes above what is configured", async () => {
    const { tuned, limit, time } = made();
    tuned.announced([{ limit: 15, windowMs: 30_000 }]);
    expect(await limit.peek()).toMatchObject([{ limit: 30 }]);
    expect((await tuned.state()).limit).toBe(30);
    // Announced in turns, as by several machines: the lowest.
    tuned.announced([{ limit: 600, windowMs: 60_000 }]);
    expect(await limit.peek()).toMatchObject([{ limit: 30 }]);
    await time.advance(60_000);
    tuned.announced([{ limit: 600, windowMs: 60_000 }]);
    expect(await limit.peek()).toMatchObject([{ limit: 60 }]);
    tuned.announced([{ limit: 20, windowMs: 60_000 }]);
    await time.advance(60_000);
    tuned.announced([{ limit: 5, windowMs: 86_400_000 }]);
    expect(await limit.peek()).toMatchObject([{ limit: 60 }]);
  });

  it("only holds where it is switched off", async () => {
    const own = made({ isOn: false });
    await sendAll(own, 60, 40, 5_000);
    own.tuned.announced([{ limit: 20, windowMs: 60_000 }]);
    expect(await opensIn(own)).toBe(5_000);
    expect(await own.tuned.state()).toEqual({ limit: 60, configured: 60, changedMs: undefined, raiseAtMs: undefined });
  });

  it("lets a call through that costs more than the limit as it is now: it takes all of it", async () => {
    const own = made();
    await sendAll(own, 60, 30, 1_000);
    await own.time.advance(70_000);
    expect(own.limit.tryAcquire(50)).toMatchObject({ allowed: true });
    expect(await own.limit.peek()).toMatchObject([{ limit: 30, used: 30 }]);
    expect(own.limit.tryAcquire(61)).toMatchObject({ because: "never" });
  });

  it("holds within this process where the backend can hold nothing", async () => {
    const own = made({ backend: noop() });
    await sendAll(own, 60, 40, 5_000);
    const paused = { reason: "429", by: "client api", sinceMs: own.time.now(), untilMs: own.time.now() + 5_000 };
    const held = { allowed: false, because: "paused", retryAfterMs: 5_000, violations: [{ name: "api", paused }] };
    expect(own.limit.tryAcquire()).toMatchObject(held);
    expect(all(own.limit).tryAcquire()).toMatchObject(held);
    expect(own.limit.for("other").tryAcquire()).toMatchObject({ allowed: true });
    await own.time.advance(5_000);
    expect(own.limit.tryAcquire()).toMatchObject({ allowed: true });
  });

  it("takes nothing but a limiter", () => {
    const { limit, time } = made();
    const composite = all(limit) as NamedLimiter;
    expect(() => tuning({ limiter: { ...composite }, isOn: true, time })).toThrow(
      expect.objectContaining({ code: "SLUICE_OPTION_TYPE" }),
    );
  });
});
