import { type Backend, perSecond } from "@sluice/core/engine";
import { type MemoryBackend, memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { elsewhere } from "../../test/elsewhere.ts";
import type { NamedLimiter } from "../limits/limiter.ts";
import { limiter } from "../limits/make-limiter.ts";
import { tunedOn } from "../limits/tuned.ts";
import type { LocalTime } from "../time/local-time.ts";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import { tuning } from "./make-tuning.ts";
import type { Tuning } from "./tuning.ts";

interface Process {
  readonly limit: NamedLimiter;
  readonly tuned: Tuning;
}

function processOn(backend: Backend, time: LocalTime): Process {
  const limit = limiter({ name: "api", rate: perSecond(30), backend, time, rampMs: 500 });
  return { limit, tuned: tuning({ limiter: limit, isOn: true, time, random: () => 0 }) };
}

/** Sends 25, of which 20 are accepted. */
function overload({ tuned }: Process, waitMs = 1_000): void {
  for (let i = 0; i < 25; i++) {
    const call = tuned.sent();
    const told = i < 20 ? tuned.accepted(call) : tuned.throttled(call, waitMs, "429");
    told?.catch(() => {});
  }
}

async function after<T>(time: VirtualTime, ms: number, promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await time.advance(ms);
  return promise;
}

describe("a clock that is wrong", () => {
  it.each([3_600_000, -3_600_000])("by %i ms tells others when by theirs", async (aheadMs) => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const wrong = { now: () => time.now() + aheadMs, sleep: time.sleep.bind(time) };
    const [one, other] = [processOn(elsewhere(state, time, 10), wrong), processOn(elsewhere(state, time, 10), time)];
    overload(one);
    const refusedAtMs = time.now();
    await time.advance(5_000);
    await after(time, 5_000, other.limit.acquire());
    const { limit, changedMs, raiseAtMs } = await after(time, 100, other.tuned.state());
    expect(limit).toBe(20);
    expect(Math.abs((changedMs ?? 0) - refusedAtMs)).toBeLessThan(100);
    expect(Math.abs((raiseAtMs ?? 0) - refusedAtMs - 30_000)).toBeLessThan(100);
    // A refusal now is another overload, and no hour of it is left.
    void other.tuned.throttled(other.tuned.sent(), 1_000, "429");
    await time.advance(100);
    const [stands] = await after(time, 100, other.limit.peek());
    expect((stands?.paused?.untilMs ?? 0) - time.now()).toBeLessThanOrEqual(1_000);
  });
});

/** A backend that for a while does not answer one of its verbs, or fails. */
function broken(state: MemoryBackend, time: VirtualTime) {
  const inside = elsewhere(state, time, 10);
  const breaks: { verb: string; how: "never" | "fails" } = { verb: "", how: "never" };
  const backend = new Proxy(inside, {
    get(target, name: keyof Backend) {
      const found = target[name];
      if (typeof found !== "function") return found;
      return (...given: never[]) => {
        if (name !== breaks.verb) return (found as (...all: never[]) => unknown).apply(target, given);
        return breaks.how === "never" ? new Promise(() => {}) : Promise.reject(new Error("down"));
      };
    },
  });
  return { backend, breaks };
}

describe("on Workers, where a request that ends takes its questions along,", () => {
  it.each([
    ["a look", "lease", ({ limit }: Process) => limit.acquire()],
    ["a hold", "block", ({ tuned }: Process) => Promise.resolve(tuned.throttled(tuned.sent(), 1_000, "429"))],
    ["what was learned", "lease", ({ tuned }: Process) => Promise.resolve(tuned.throttled(tuned.sent(), 1_000, "429"))],
  ])("nobody waits for %s of another", async (_what, verb, act) => {
    const time = virtualTime();
    const { backend, breaks } = broken(memory({ clock: time }), time);
    const own = processOn(backend, time);
    const sent = own.tuned.sent();
    void own.tuned.accepted(sent);
    breaks.verb = verb;
    void act(own);
    await time.advance(100);
    breaks.verb = "";
    let over = 0;
    void act(own).then(() => over++);
    await time.advance(1_000);
    void own.limit.acquire().then(() => over++);
    await time.advance(6_000);
    void act(own).then(() => over++);
    await time.advance(100);
    expect(over).toBe(3);
  });

  it("somebody else holds and tells in its stead", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const { backend, breaks } = broken(state, time);
    const [own, other] = [processOn(backend, time), processOn(elsewhere(state, time, 10), time)];
    for (const verb of ["lease", "block"]) {
      breaks.verb = verb;
      overload(own, verb === "block" ? 60_000 : 1_000);
      await time.advance(100);
      breaks.verb = "";
      await time.advance(6_000);
      void own.limit.tryAcquire();
      await time.advance(100);
      expect(await after(time, 20, Promise.resolve(other.limit.tryAcquire()))).toMatchObject({ allowed: true });
      void own.tuned.throttled(own.tuned.sent(), 1_000, "429");
      await time.advance(100);
      expect(await after(time, 50, Promise.resolve(other.limit.tryAcquire()))).toMatchObject({ because: "paused" });
      await time.advance(70_000);
      expect((await after(time, 100, other.tuned.state())).limit).toBeLessThanOrEqual(20);
    }
  });
});

describe("a backend that blocks and keeps no records", () => {
  it("holds in this process", async () => {
    const time = virtualTime();
    const { lease: _, ...rest } = memory({ clock: time }) as Backend;
    const { limit, tuned } = processOn(rest, time);
    await tuned.hold(1_000, "few are left");
    expect(limit.tryAcquire()).toMatchObject({ because: "paused", retryAfterMs: 1_000 });
    const waiting = limit.acquire();
    await time.advance(999);
    expect(limit.tryAcquire()).toMatchObject({ because: "paused" });
    await time.advance(1);
    expect(await waiting).toMatchObject({ allowed: true });
  });
});

describe("a backend that fails", () => {
  it("hears later what was found out meanwhile", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const { backend, breaks } = broken(state, time);
    const own = processOn(backend, time);
    Object.assign(breaks, { verb: "lease", how: "fails" });
    overload(own);
    await time.advance(3_000);
    breaks.verb = "";
    await after(time, 5_000, own.limit.acquire());
    expect(await after(time, 100, own.tuned.state())).toMatchObject({ limit: 20 });
    const other = processOn(elsewhere(state, time, 10), time);
    expect(await after(time, 100, other.tuned.state())).toMatchObject({ limit: 20 });
  });
});

describe("memory", () => {
  it("is the same however often a client of one name is made", () => {
    const time = virtualTime();
    const backend = memory({ clock: time });
    const { tuned } = processOn(backend, time);
    for (let i = 0; i < 100; i++) expect(processOn(backend, time).tuned).toBe(tuned);
  });

  it("of limits that nobody asks any more is bounded, where every host is a key", () => {
    const time = virtualTime();
    const backend = memory({ clock: time });
    const own = processOn(backend, time);
    own.tuned.announced([{ limit: 20, windowMs: 1_000 }]);
    for (let i = 0; i < 12_000; i++) {
      const limit = own.limit.for(`host ${i}`);
      tuning({ limiter: limit, isOn: true, time });
      if (i % 1_000 === 0) own.limit.tryAcquire();
    }
    expect(tunedOn(backend).byCounter.size).toBe(10_000);
    // Whoever is asked is not forgotten.
    expect(own.limit.tryAcquire(21)).toMatchObject({ allowed: false });
  });
});
