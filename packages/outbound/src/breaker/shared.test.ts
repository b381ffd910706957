import { DatabaseSync } from "node:sqlite";
import { type Backend, isPromise } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { sqlite } from "@sluice/core/sqlite";
import { type FaultyBackend, faulty, onClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { elsewhere } from "../../test/elsewhere.ts";
import { newFile } from "../../test/new-file.ts";
import { record } from "../records/record.ts";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import type { CircuitBreaker, Permit, Refused } from "./breaker.ts";
import type { BreakerChange, BreakerOptions } from "./breaker-options.ts";
import { circuitBreaker } from "./circuit-breaker.ts";

interface Process {
  readonly breaker: CircuitBreaker;
  readonly backend: Backend;
  readonly changes: BreakerChange[];
  closes: number;
}

function processes(count: number, time: VirtualTime, open: () => Backend, options: Partial<BreakerOptions> = {}) {
  return Array.from({ length: count }, () => {
    const backend = open();
    const changes: BreakerChange[] = [];
    const process: Process = {
      backend,
      changes,
      closes: 0,
      breaker: circuitBreaker({
        name: "grok",
        backend,
        time,
        onClose: () => void process.closes++,
        onChange: (change) => void changes.push(change),
        ...options,
      }),
    };
    return process;
  }) as [Process, Process, ...Process[]];
}

/** Each kind of backend that processes share, by a new connection for each of them. */
const kinds: readonly [string, (time: VirtualTime) => () => Backend][] = [
  [
    "a backend elsewhere",
    (time) => {
      const state = memory({ clock: time });
      return () => elsewhere(state, time, 10);
    },
  ],
  [
    "a file",
    (time) => {
      const file = newFile();
      return () => sqlite(new DatabaseSync(file), onClock(time, {}));
    },
  ],
];

/** Lets time pass until an answer is there. */
async function answer<T>(time: VirtualTime, asked: T | Promise<T>, ms = 100): Promise<T> {
  if (isPromise(asked)) await time.advance(ms);
  return await asked;
}

const isLeave = (asked: Permit | Refused): asked is Permit => "done" in asked;

async function fail(time: VirtualTime, { breaker }: Process, times = 10): Promise<void> {
  for (let i = 0; i < times; i++) {
    const asked = await answer(time, breaker.admit());
    if (isLeave(asked)) await answer(time, asked.done("failure"));
  }
}

/** Everybody asks at the same time; the leaves that were given. */
async function everybody(time: VirtualTime, all: readonly Process[], times = 20): Promise<Permit[]> {
  const asked = all.flatMap(({ breaker }) => Array.from({ length: times }, () => breaker.admit()));
  return (await answer(time, Promise.all(asked), 3_000)).filter(isLeave);
}

describe.each(kinds)("processes on %s", (_, kind) => {
  it("open together, probe together — so many in all — and are closed by one", async () => {
    const time = virtualTime();
    const all = processes(5, time, kind(time));
    const [first, second] = all;
    await fail(time, first);
    expect(first.changes).toMatchObject([{ from: "closed", to: "open" }]);
    await time.advance(1_000);
    for (const { breaker } of all) {
      expect(await answer(time, breaker.check())).toMatchObject({ because: "open", reason: expect.any(String) });
    }
    await time.advance(30_000);
    const probes = await everybody(time, all);
    expect(probes.map(({ isProbe }) => isProbe)).toEqual([true, true, true]);
    for (const probe of probes) await answer(time, probe.done("success"));
    await time.advance(1_000);
    const closed = await everybody(time, all);
    expect(closed.filter(({ isProbe }) => !isProbe)).toHaveLength(100);
    expect(all.reduce((sum, { closes }) => sum + closes, 0)).toBe(1);
    expect(await answer(time, second.breaker.state())).toMatchObject({
      phase: "closed",
      generation: 3,
      isShared: true,
    });
  });

  it("probe again, so many, after one of them has failed, whatever comes late", async () => {
    const time = virtualTime();
    const all = processes(4, time, kind(time));
    await fail(time, all[0]);
    await time.advance(31_000);
    const early = await everybody(time, all);
    const [first, ...late] = early as [Permit, Permit, Permit];
    await answer(time, first.done("failure"));
    expect(await everybody(time, all)).toEqual([]);
    await time.advance(31_000);
    const probes = await everybody(time, all);
    expect(probes.map(({ isProbe }) => isProbe)).toEqual([true, true, true]);
    for (const one of late) await answer(time, one.done("failure"));
    for (const probe of probes) await answer(time, probe.done("success"));
    expect(await answer(time, all[1].breaker.state())).toMatchObject({ phase: "closed", generation: 5 });
  });

  it("send another probe for one whose process died", async () => {
    const time = virtualTime();
    const all = processes(3, time, kind(time), { probes: 2, probeTimeoutMs: 20_000 });
    const [dying, second, third] = all as unknown as [Process, Process, Process];
    await fail(time, dying);
    await time.advance(31_000);
    expect(isLeave(await answer(time, dying.breaker.admit()))).toBe(true);
    const [alive] = (await everybody(time, [second, third])) as [Permit];
    expect(await everybody(time, [second, third])).toEqual([]);
    await answer(time, alive.done("success"));
    await time.advance(20_000);
    const [again, ...more] = (await everybody(time, [second, third])) as [Permit];
    expect([again.isProbe, more]).toEqual([true, []]);
    await answer(time, again.done("success"));
    expect(await answer(time, third.breaker.state())).toMatchObject({ phase: "closed" });
  });

  it("are isolated and closed together", async () => {
    const time = virtualTime();
    const [here, there] = processes(2, time, kind(time));
    await answer(time, here.breaker.isolate({ reason: "banned", by: "ada" }));
    await time.advance(1_000);
    const refused = { because: "isolated", reason: "banned" };
    expect(await answer(time, there.breaker.admit())).toEqual(refused);
    await time.advance(86_400_000);
    expect(await answer(time, there.breaker.check())).toEqual(refused);
    await answer(time, there.breaker.close({ by: "bob" }));
    expect(there.breaker.check()).toBeUndefined();
    await time.advance(1_000);
    expect(await answer(time, here.breaker.check())).toBeUndefined();
    expect([here.closes, there.closes]).toEqual([0, 1]);
  });

  it("that start later know what the others know", async () => {
    const time = virtualTime();
    const open = kind(time);
    const [first] = processes(1, time, open);
    await fail(time, first);
    await time.advance(10_000);
    const [later] = processes(1, time, open);
    const left = { because: "open", reason: "10 of 10 calls failed within 30 s" };
    const refused = (await answer(time, later.breaker.check())) as Refused;
    expect(refused).toMatchObject(left);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(20_000);
    expect(refused.retryAfterMs).toBeGreaterThan(19_000);
    expect(await answer(time, later.breaker.state())).toMatchObject({
      phase: "open",
      generation: 1,
      ...{ reason: left.reason },
    });
    expect(later.changes).toMatchObject([{ from: "closed", to: "open", generation: 1 }]);
  });
});

describe("on a backend elsewhere", () => {
  const set = (count: number, options: Partial<BreakerOptions> = {}) => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const fact = record<unknown>(state, "sluice/breaker/grok");
    const write = (value: unknown): Promise<unknown> => fact.update(() => value);
    return { time, state, fact, write, all: processes(count, time, () => elsewhere(state, time, 10), options) };
  };

  it("a process looks once in three quarters of a second, and otherwise answers at once", async () => {
    const { time, all } = set(1);
    const [{ breaker, backend }] = all;
    const trips = (): number => (backend as { trips?: number }).trips ?? 0;
    const first = [breaker.check(), breaker.admit()];
    expect(first.map((asked) => isPromise(asked))).toEqual([true, true]);
    await answer(time, Promise.all(first), 10);
    const looks = trips();
    const later: Promise<unknown>[] = [];
    for (let i = 0; i < 1_000; i++) {
      const asked = [breaker.check(), breaker.check(), breaker.admit()];
      for (const one of asked) {
        if (isPromise(one)) later.push(one);
        else if (one !== undefined) expect(one).toMatchObject({ isProbe: false });
      }
      await time.advance(5);
    }
    expect(await answer(time, Promise.all(later))).toEqual(later.map(() => undefined));
    // In five seconds, each look by one of those who ask at the same time.
    expect([looks, trips() - looks, later.length]).toEqual([2, 6, 6]);
    await time.advance(1_000);
    // After a rest nobody goes by what he knew.
    expect([1, 2, 3].map(() => isPromise(breaker.check()))).toEqual([true, true, true]);
    await time.advance(100);
  });

  it("one that is cut off opens, probes and closes by itself, and tells when it is back", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const [cut, other] = processes(2, time, () => faulty(elsewhere(state, time, 10)));
    const { faults } = cut.backend as FaultyBackend;
    // There is a record, which knows of no failure.
    await answer(time, other.breaker.isolate({ reason: "audit", by: "ada" }));
    await answer(time, other.breaker.close());
    await answer(time, cut.breaker.check());
    faults.down();
    await fail(time, cut);
    expect(cut.breaker.check()).toMatchObject({ because: "open" });
    expect(await answer(time, cut.breaker.state())).toMatchObject({ phase: "open", isShared: false });
    expect(await answer(time, other.breaker.check())).toBeUndefined();
    // Back again, the first look tells the others.
    faults.heal();
    await time.advance(1_000);
    await answer(time, cut.breaker.check());
    await time.advance(1_000);
    const [here, there] = [await answer(time, cut.breaker.check()), await answer(time, other.breaker.check())];
    expect([here?.because, there?.because]).toEqual(["open", "open"]);
    // What was told late is over no later: the other has been asked a tenth of a second after the first.
    expect((here?.retryAfterMs ?? 0) - (there?.retryAfterMs ?? 0)).toBeGreaterThanOrEqual(100);
    expect(await answer(time, cut.breaker.state())).toMatchObject({ phase: "open", isShared: true, generation: 3 });
    faults.down();
    await time.advance(31_000);
    const alone = await everybody(time, [cut]);
    expect(alone.map(({ isProbe }) => isProbe)).toEqual([true, true, true]);
    for (const probe of alone) await answer(time, probe.done("success"));
    expect([cut.closes, await answer(time, cut.breaker.check())]).toEqual([1, undefined]);
    expect(await answer(time, cut.breaker.state())).toMatchObject({ phase: "closed", generation: 5 });
  });

  it("one whose answers are lost sends no probe more", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const lost = { isLost: false };
    const losing = (): Backend => {
      const backend = elsewhere(state, time, 10);
      const lease: Backend["lease"] = async (request) => {
        const answer = await backend.lease?.(request);
        if (lost.isLost && request.verb === "take") throw new Error("the answer was lost");
        return answer as NonNullable<typeof answer>;
      };
      return { ...backend, lease };
    };
    const [deaf, other] = processes(2, time, losing, { probes: 2 });
    await fail(time, other);
    await time.advance(31_000);
    await answer(time, deaf.breaker.check());
    lost.isLost = true;
    const here = await everybody(time, [deaf], 1);
    lost.isLost = false;
    const there = await everybody(time, [other]);
    expect(here.length + there.length).toBe(2);
  });

  it("somebody hears when his order did not reach the others; it holds in this process", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const [cut, other] = processes(2, time, () => faulty(elsewhere(state, time, 10)));
    await answer(time, cut.breaker.check());
    const { faults } = cut.backend as FaultyBackend;
    faults.down();
    const isolating = cut.breaker.isolate({ reason: "banned", by: "ada" });
    isolating.catch(() => {});
    await time.advance(100);
    await expect(isolating).rejects.toThrow("injected fault: down");
    expect(cut.breaker.check()).toEqual({ because: "isolated", reason: "banned" });
    faults.heal();
    await time.advance(1_000);
    await answer(time, cut.breaker.check());
    expect(await answer(time, other.breaker.check())).toEqual({ because: "isolated", reason: "banned" });
  });

  it("an answer that was overtaken by a change does not undo it", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    // As over HTTP: what is asked first may be answered last.
    const late = { isOn: false };
    const slow = (): Backend => {
      const backend = elsewhere(state, time, 10);
      const lease: Backend["lease"] = async (request) => {
        const answer = await (backend as Required<Backend>).lease(request);
        if (late.isOn && request.verb === "look") {
          late.isOn = false;
          await time.sleep(500);
        }
        return answer;
      };
      return { ...backend, lease };
    };
    const [{ breaker, changes }] = processes(1, time, slow);
    await answer(time, breaker.isolate({ reason: "audit", by: "ada" }));
    await answer(time, breaker.close());
    const leaves = await everybody(time, [{ breaker } as Process], 10);
    await time.advance(1_000);
    late.isOn = true;
    const looking = breaker.check() as Promise<unknown>;
    await time.advance(50);
    await answer(time, Promise.all(leaves.map((leave) => leave.done("failure"))));
    await time.advance(1_000);
    await looking;
    expect(changes.map(({ to }) => to)).toEqual(["isolated", "closed", "open"]);
    expect(await answer(time, breaker.check())).toMatchObject({ because: "open" });
  });

  it("a lost record changes nothing for those who know, and their next change is told", async () => {
    const { time, state, all, fact } = set(2);
    await fail(time, all[0]);
    const empty = memory({ clock: time });
    Object.assign(state, { lease: empty.lease });
    await time.advance(2_000);
    expect(await answer(time, all[0].breaker.check())).toMatchObject({ because: "open" });
    expect(await answer(time, all[1].breaker.check())).toBeUndefined();
    await time.advance(30_000);
    const [probe] = (await everybody(time, all.slice(0, 1), 1)) as [Permit];
    expect(probe.isProbe).toBe(true);
    expect(await record<object>(empty, "sluice/breaker/grok").read()).toMatchObject({
      phase: "half-open",
      generation: 2,
    });
    expect(await fact.read()).toBeDefined();
  });

  it.each<[string, unknown]>([
    ["text", "open"],
    ["a list", [1, 2]],
    ["a phase that does not exist", { v: 1, phase: "ajar", generation: 3 }],
    ["open without an end", { v: 1, phase: "open", generation: 3, sinceMs: 0 }],
  ])("a record that is %s lets calls through, and is replaced when it opens", async (_, garbage) => {
    const { time, all, write, fact } = set(1);
    await write(garbage);
    expect(await answer(time, all[0].breaker.check())).toBeUndefined();
    expect(await fact.read()).toEqual(garbage);
    await fail(time, all[0]);
    expect(await fact.read()).toMatchObject({ v: 1, phase: "open", generation: 1 });
  });

  it("an open one of another version is honoured to its end, then probed, and not written before", async () => {
    const { time, all, write, fact } = set(1);
    const [{ breaker }] = all;
    const theirs = { v: 2, phase: "open", generation: 8, untilMs: time.now() + 50_000, extra: { probes: "theirs" } };
    await write(theirs);
    const [early] = await everybody(time, all, 1);
    expect(early).toBeUndefined();
    await fail(time, all[0]);
    await time.advance(45_000);
    expect(await answer(time, breaker.check())).toMatchObject({ because: "open" });
    expect(await fact.read()).toEqual(theirs);
    await time.advance(5_000);
    expect(await everybody(time, all)).toHaveLength(3);
    expect(await fact.read()).toMatchObject({ v: 1, phase: "half-open", generation: 9 });
  });

  it("an isolated one of another version stays so until somebody closes it", async () => {
    const { time, all, write, fact } = set(1);
    await write({ v: 2, phase: "isolated", generation: 8, reason: "theirs" });
    await time.advance(86_400_000);
    expect(await everybody(time, all)).toEqual([]);
    await answer(time, all[0].breaker.close());
    expect(await fact.read()).toMatchObject({ v: 1, phase: "closed", generation: 9 });
  });

  it("a half-open one of another version is left to it for as long as a probe may take", async () => {
    const { time, all, write } = set(1);
    await write({ v: 2, phase: "half-open", generation: 8, sinceMs: time.now(), probes: { mine: 1 } });
    expect(await everybody(time, all)).toEqual([]);
    await time.advance(60_000);
    expect(await everybody(time, all)).toHaveLength(3);
  });

  it("processes whose clocks are hours apart open as long, and probe as many times", async () => {
    const time = virtualTime();
    const state = memory({ clock: time });
    const at = (apartMs: number) => {
      const own = { now: () => time.now() + apartMs, sleep: time.sleep };
      return processes(1, time, () => elsewhere(state, time, 10), { time: own, probeTimeoutMs: 20_000 })[0];
    };
    const all = [at(0), at(-3_600_000), at(7_200_000)] as const;
    await fail(time, all[0]);
    for (const { breaker } of all.slice(1)) {
      const left = (await answer(time, breaker.check()))?.retryAfterMs ?? 0;
      expect(left).toBeGreaterThan(29_500);
      expect(left).toBeLessThan(30_000);
    }
    await time.advance(29_000);
    expect(await everybody(time, all)).toEqual([]);
    await time.advance(3_000);
    const [ahead] = (await everybody(time, [all[2]], 1)) as [Permit];
    const others = await everybody(time, all);
    expect([ahead, ...others].map(({ isProbe }) => isProbe)).toEqual([true, true, true]);
    // What one says of its probe, by its own clock, moves none of the others.
    await answer(time, ahead.done("success"));
    await time.advance(10_000);
    expect(await everybody(time, all)).toEqual([]);
    await time.advance(10_000);
    expect(await everybody(time, all)).toHaveLength(2);
  });
});
