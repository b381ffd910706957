import { getEventListeners } from "node:events";
import { perDay, perMinute, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import type { Answer, NamedLimiter } from "./limiter.ts";
import type { LimiterOptions } from "./limiter-options.ts";
import { limiter } from "./make-limiter.ts";
import type { Reservation } from "./reservation.ts";

function set(options: Partial<LimiterOptions> = {}): { time: VirtualTime; limit: NamedLimiter } {
  const time = virtualTime();
  const limit = limiter({ name: "api", rate: perSecond(5), backend: memory({ clock: time }), time, ...options });
  return { time, limit };
}

function granted(answer: Answer | Promise<Answer>): Reservation {
  if (answer instanceof Promise || !answer.allowed) throw new Error(`not granted: ${JSON.stringify(answer)}`);
  return answer;
}

const used = async (limit: NamedLimiter): Promise<number | undefined> => (await limit.peek())[0]?.used;

describe("a reservation", () => {
  it("is refunded once", async () => {
    const { limit } = set();
    const [place, other] = [granted(limit.tryAcquire(2)), granted(limit.tryAcquire(1))];
    await Promise.all([place.refund(), place.refund(), place.refund()]);
    await place.refund();
    expect([await used(limit), place.state, other.state]).toEqual([1, "refunded", "pending"]);
    await place.commit();
    expect([await used(limit), place.state]).toEqual([1, "refunded"]);
  });

  it("gives nothing back after it was committed", async () => {
    const { limit } = set();
    const place = granted(limit.tryAcquire(2));
    await place.commit();
    await place.refund();
    await place.commit(0);
    expect([await used(limit), place.state]).toEqual([2, "committed"]);
  });

  it("is committed for less, for more, for nothing", async () => {
    const { limit } = set({ rate: perMinute(60, { burst: 20 }) });
    await granted(limit.tryAcquire(10)).commit(2.5);
    expect(await used(limit)).toBe(2.5);
    await granted(limit.tryAcquire(1)).commit(18);
    expect(await used(limit)).toBe(20);
    expect(limit.tryAcquire(0.5)).toMatchObject({ allowed: false });
    const other = set().limit;
    await granted(other.tryAcquire(3)).commit(0);
    expect(await used(other)).toBe(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("is not committed for %s", async (cost) => {
    const place = granted(set().limit.tryAcquire());
    await expect(place.commit(cost)).rejects.toMatchObject({ code: "SLUICE_COST" });
    expect(place.state).toBe("pending");
  });

  it("counts as used when it expires, whatever is said later, and is still debited what it cost more", async () => {
    const { limit, time } = set({ rate: perDay(20, { timeZone: "UTC" }), expiresAfterMs: 60_000 });
    const place = granted(limit.tryAcquire(2));
    expect(place.expiresAtMs).toBe(time.now() + 60_000);
    await time.advance(59_999);
    expect(place.state).toBe("pending");
    await time.advance(1);
    expect(place.state).toBe("expired");
    await place.refund();
    expect(await used(limit)).toBe(2);
    await place.commit(1);
    expect(await used(limit)).toBe(2);
    const late = granted(limit.tryAcquire(2));
    await time.advance(60_000);
    await late.commit(5);
    expect([await used(limit), late.state]).toEqual([7, "committed"]);
  });

  it("gives back after midnight to yesterday, not to today", async () => {
    const { limit, time } = set({ rate: perDay(3, { timeZone: "UTC" }), expiresAfterMs: 86_400_000 });
    await time.advance(14.4 * 3_600_000);
    const place = granted(limit.tryAcquire(2));
    await time.advance(3_600_000);
    granted(limit.tryAcquire(1));
    await place.refund();
    expect(await used(limit)).toBe(1);
  });

  it("gives a slot back that nobody stands on", async () => {
    const { limit } = set({ rate: perSecond(1) });
    granted(limit.tryAcquire());
    const [first, second] = [1, 2].map(() => granted(limit.reserve(1, { maxWaitMs: 5_000 })));
    expect([first?.delayMs, second?.delayMs]).toEqual([1_020, 2_040]);
    await second?.refund();
    expect(limit.reserve(1, { maxWaitMs: 5_000 })).toMatchObject({ delayMs: 2_040 });
  });
});

describe("ready()", () => {
  it("waits for the slot", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    granted(limit.tryAcquire());
    const place = granted(limit.reserve(1, { maxWaitMs: 5_000 }));
    let readyAt = 0;
    void place.ready().then(() => {
      readyAt = time.now();
    });
    await time.advance(1_019);
    expect(readyAt).toBe(0);
    await time.advance(1);
    expect(readyAt).toBe(place.readyAtMs);
  });

  it("takes another slot when it is called too late, and none without time left", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    const patient = granted(limit.reserve(1, { maxWaitMs: 60_000 }));
    await time.advance(10_000);
    const hurried = granted(limit.tryAcquire());
    await time.advance(500);
    let readyAt = 0;
    void patient.ready().then(() => {
      readyAt = time.now();
    });
    await time.advance(5_000);
    expect(readyAt).toBe(hurried.readyAtMs + 1_020);
    granted(limit.tryAcquire());
    await expect(hurried.ready()).rejects.toMatchObject({ code: "SLUICE_MAX_WAIT" });
    expect(hurried.state).toBe("refunded");
  });

  it("is a mistake once the place was given back", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    granted(limit.tryAcquire());
    const place = granted(limit.reserve(1, { maxWaitMs: 5_000 }));
    const waiting = place.ready();
    waiting.catch(() => {});
    await place.refund();
    await time.advance(5_000);
    await expect(waiting).rejects.toMatchObject({ code: "SLUICE_RESERVATION_OVER" });
    await expect(place.ready()).rejects.toMatchObject({ code: "SLUICE_RESERVATION_OVER" });
    expect(time.sleepers()).toBe(0);
  });
});

describe("waiting", () => {
  it("takes another place when the machine slept past the end of this one", async () => {
    const { limit, time } = set({ rate: perSecond(1), expiresAfterMs: 5_000 });
    granted(limit.tryAcquire());
    const patient = limit.acquire(1, { maxWaitMs: 60_000 });
    const hurried = limit.acquire(1, { maxWaitMs: 3_000 });
    hurried.catch(() => {});
    await time.stall(20_000);
    await time.advance(2_000);
    expect(await patient).toMatchObject({ state: "pending" });
    await expect(hurried).rejects.toMatchObject({ code: "SLUICE_MAX_WAIT" });
  });

  it("is no longer than it was to be, however often a place is missed", async () => {
    const { limit, time } = set({ rate: perSecond(1) });
    granted(limit.tryAcquire());
    const waiting = limit.acquire(1, { maxWaitMs: 5_000 });
    waiting.catch(() => {});
    await time.advance(0);
    for (let i = 0; i < 2; i++) granted(limit.reserve(1, { maxWaitMs: 60_000 }));
    // Its place at 1,020 is missed, and the next one at 4,080, too; the one after that is too far ahead.
    await time.stall(2_500);
    for (let i = 0; i < 2; i++) granted(limit.reserve(1, { maxWaitMs: 60_000 }));
    await time.stall(4_000);
    await time.advance(10_000);
    await expect(waiting).rejects.toMatchObject({ code: "SLUICE_MAX_WAIT" });
  });

  it("that is aborted tells why, also when the backend takes nothing back", async () => {
    const time = virtualTime();
    const backend = { ...memory({ clock: time }), settle: () => Promise.reject(new Error("unreachable")) };
    const { limit } = set({ rate: perSecond(1), backend, time });
    granted(limit.tryAcquire());
    const caller = new AbortController();
    const waiting = limit.acquire(1, { signal: caller.signal });
    waiting.catch(() => {});
    await time.advance(100);
    caller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(time.sleepers()).toBe(0);
  });

  it("leaves no listener on a signal that is used for many calls", async () => {
    const { limit, time } = set({ rate: perSecond(5), time: undefined, backend: memory() });
    expect(time.sleepers()).toBe(0);
    const { signal } = new AbortController();
    for (let i = 0; i < 6; i++) await limit.acquire(1, { signal, maxWaitMs: 5_000 });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("is over once the place was given back, also after it was ready, or has expired", async () => {
    const { limit, time } = set();
    const place = await limit.acquire();
    await place.refund();
    await expect(place.ready()).rejects.toMatchObject({ code: "SLUICE_RESERVATION_OVER" });
    const forgotten = granted(limit.tryAcquire());
    await time.advance(600_000);
    await expect(forgotten.ready()).rejects.toMatchObject({ code: "SLUICE_RESERVATION_OVER" });
  });

  it("may be committed meanwhile: what it cost is that of the place that it ends with", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const backend = {
      ...state,
      settle: async (...given: Parameters<typeof state.settle>) => {
        await time.sleep(50);
        state.settle(...given);
      },
    };
    const { limit } = set({ rate: perSecond(5), backend, time });
    const place = granted(limit.tryAcquire(3));
    await time.advance(5_000);
    granted(limit.tryAcquire(1));
    // Too late for its slot: it gives that back, and takes another.
    const late = granted(limit.reserve(3, { maxWaitMs: 60_000 }));
    await time.advance(400);
    const waiting = late.ready();
    await time.advance(10);
    const committing = late.commit(1);
    await time.advance(200);
    await Promise.all([waiting, committing]);
    expect(await used(limit)).toBe(2);
    expect(place.state).toBe("pending");
  });
});

describe("the slot of a place that was taken at once", () => {
  it("is now, also when the backend's clock and this process's drift apart after they agreed", async () => {
    const time = virtualTime();
    let aheadMs = 0;
    const backend = memory({ clock: { now: () => time.now() + aheadMs } });
    const { limit } = set({ backend, time });
    expect(granted(limit.tryAcquire()).readyAtMs).toBe(time.now());
    aheadMs = 3_600_000;
    const place = granted(limit.tryAcquire());
    expect([place.readyAtMs, place.expiresAtMs]).toEqual([time.now(), time.now() + 600_000]);
    await place.ready();
    expect(time.sleepers()).toBe(0);
  });

  it("is told by one clock reading in the backend, also after slow first calls", () => {
    const time = virtualTime();
    let readings = 0;
    let slowMs = 5;
    const now = (): number => {
      readings++;
      return time.now() + slowMs;
    };
    const local = { now, sleep: time.sleep };
    const { limit } = set({ rate: perMinute(100), backend: memory({ clock: time }), time: local });
    limit.tryAcquire();
    slowMs = 0;
    limit.tryAcquire();
    readings = 0;
    for (let i = 0; i < 10; i++) limit.tryAcquire();
    expect(readings).toBe(0);
  });
});

describe("await using", () => {
  it("gives back what was never used", async () => {
    const { limit } = set();
    {
      await using place = granted(limit.tryAcquire(2));
      expect(place.state).toBe("pending");
    }
    expect(await used(limit)).toBe(0);
  });

  it("keeps what was ready, since the call may have gone out", async () => {
    const { limit } = set();
    const failing = async (): Promise<void> => {
      await using _place = await limit.acquire(2);
      throw new Error("timeout");
    };
    await expect(failing()).rejects.toThrow("timeout");
    expect(await used(limit)).toBe(2);
    {
      await using place = granted(limit.tryAcquire(1));
      await place.ready();
    }
    expect(await used(limit)).toBe(3);
  });

  it("keeps what was committed, and leaves alone what was refunded", async () => {
    const { limit } = set();
    {
      await using place = granted(limit.tryAcquire(2));
      await place.commit(1);
    }
    {
      await using place = await limit.acquire(1);
      await place.refund();
    }
    expect(await used(limit)).toBe(1);
  });
});
