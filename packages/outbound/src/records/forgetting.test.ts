import { DatabaseSync } from "node:sqlite";
import { type Backend, keptAfterEndMs, perMonth, perSecond } from "@sluice/core/engine";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { tuning } from "../adapting/make-tuning.ts";
import { circuitBreaker } from "../breaker/circuit-breaker.ts";
import { limiter } from "../limits/make-limiter.ts";
import { virtualTime } from "../time/virtual-time.ts";
import { forgottenAfterMs, record } from "./record.ts";

const dayMs = 86_400_000;

/** A backend in a file that many processes may share, and what it keeps of records. */
function kept() {
  const time = virtualTime();
  const database = new DatabaseSync(":memory:");
  const open = (): Backend => sqlite(database, onClock({ now: () => time.now() }, {}));
  const backend = open();
  return {
    time,
    backend,
    /** The same, as another process has it. */
    open,
    /** Names of the records that are in the table. */
    names: () => {
      const rows = database.prepare("select name from sluice_counters_leases where name like '%sluice/%'").all();
      return rows.map(({ name }) => String(name).replace(/^[^/]*sluice\//, "")).sort();
    },
    /** Names of those that say anything. */
    async saying(...names: readonly string[]) {
      const said = await Promise.all(names.map((name) => record(backend, `sluice/${name}`).read()));
      return names.filter((_, i) => said[i] !== undefined);
    },
    /** A month later, and another one: what was forgotten has given its room back as soon as others write. */
    async later() {
      await time.advance(forgottenAfterMs + keptAfterEndMs);
      const other = record<number>(backend, "sluice/other/0");
      for (let n = 0; n < 200; n++) await other.update((last = 0) => last + 1);
    },
  };
}

async function failing(breaker: ReturnType<typeof circuitBreaker>): Promise<void> {
  const fails = () => breaker.run(() => Promise.reject(new Error("down")));
  for (let n = 0; n < 12; n++) await fails().catch(() => {});
}

describe("of what is recorded", () => {
  it("breakers are forgotten, but not those that somebody opened", async () => {
    const { time, backend, saying, names, later } = kept();
    const breakers = ["a.example", "b.example", "c.example"].map((key) =>
      circuitBreaker({ name: "fetch", key, backend, time }),
    );
    const [down, closed, isolated] = breakers as [(typeof breakers)[0], (typeof breakers)[0], (typeof breakers)[0]];
    await failing(down);
    await failing(closed);
    await closed.close({ by: "ada" });
    await isolated.isolate({ reason: "audit", by: "ada" });
    const all = breakers.map((_, i) => `breaker/fetch/${"abc"[i]}.example`);
    expect([await saying(...all), names()]).toEqual([all, all]);
    await time.advance(forgottenAfterMs - 1);
    expect(await saying(...all)).toEqual(all);
    expect((await down.state()).phase).toBe("half-open");
    await later();
    expect([await saying(...all), names()]).toEqual([
      ["breaker/fetch/c.example"],
      ["breaker/fetch/c.example", "other/0"],
    ]);
    const anew = (key: string) => circuitBreaker({ name: "fetch", key, backend, time }).state();
    expect([(await anew("a.example")).phase, (await anew("c.example")).phase]).toEqual(["closed", "isolated"]);
    // Who has known it all the time goes on from what he knows, and tells it.
    await failing(down);
    expect((await down.state()).phase).toBe("open");
    await time.advance(30_000);
    for (let n = 0; n < 3; n++) await down.run(async () => {});
    expect(await down.state()).toMatchObject({ phase: "closed" });
    expect((await anew("a.example")).generation).toBe((await down.state()).generation);
  });

  it("pauses are forgotten when they are over, and stay as long as they hold", async () => {
    const { time, backend, saying, names, later } = kept();
    const of = (name: string) => limiter({ name, rate: perSecond(5), backend, time });
    const why = { reason: "maintenance", by: "ada" };
    await of("short").pause({ ...why, forMs: 1_000 });
    await of("long").pause({ ...why, forMs: 100 * dayMs });
    await of("endless").pause(why);
    await of("resumed").pause(why);
    await of("resumed").resume();
    expect(names()).toHaveLength(4);
    await later();
    expect(names()).toHaveLength(3);
    const paused = async (name: string) => (await of(name).peek())[0]?.paused?.reason;
    expect([await paused("short"), await paused("resumed")]).toEqual([undefined, undefined]);
    expect([await paused("long"), await paused("endless")]).toEqual(["maintenance", "maintenance"]);
    expect((await saying(...names())).filter((name) => name.startsWith("pause/"))).toHaveLength(2);
  });

  it("overloads are forgotten, but no limit that was found, and none that matters longer", async () => {
    const { time, backend, names, later } = kept();
    const meets = async (name: string, rate: ReturnType<typeof perSecond>, accepted: number, waitMs = 1_000) => {
      const limit = limiter({ name, rate, backend, time });
      const tuned = tuning({ limiter: limit, isOn: true, time, random: () => 0 });
      const calls = Array.from({ length: accepted + 3 }, () => tuned.sent());
      for (const [n, call] of calls.entries())
        await (n < accepted ? tuned.accepted(call) : tuned.throttled(call, waitMs, "429"));
      return tuned;
    };
    const told = await meets("told", perSecond(1), 1);
    await meets("nothing", perSecond(30), 0);
    const found = await meets("found", perSecond(30), 20);
    await meets("month", perMonth(30), 0);
    await meets("banned", perSecond(30), 0, 50 * dayMs);
    const { limit } = await found.state();
    expect(limit).toBeLessThan(30);
    const tuned = () => names().flatMap((name) => /^tuned\/\d+:(\w+)/.exec(name)?.[1] ?? []);
    expect(tuned().sort()).toEqual(["banned", "found", "month", "nothing", "told"]);
    await later();
    expect(tuned().sort()).toEqual(["banned", "found", "month"]);
    expect([(await found.state()).limit, (await told.state()).limit]).toEqual([limit, 1]);
  });

  it("an overload that was forgotten is not taken for the next one", async () => {
    const { time, backend, open, later } = kept();
    const on = (of: Backend) => {
      const limit = limiter({ name: "api", rate: perSecond(30), backend: of, time });
      return tuning({ limiter: limit, isOn: true, time, random: () => 0 });
    };
    const [one, other] = [on(backend), on(open())];
    // Nothing was accepted, so nothing was found.
    await one.throttled(one.sent(), 1_000, "429");
    await later();
    expect(await one.state()).toMatchObject({ limit: 30 });
    for (let n = 0; n < 10; n++) await one.accepted(one.sent());
    const calls = Array.from({ length: 15 }, () => other.sent());
    for (const [n, call] of calls.entries())
      await (n < 10 ? other.accepted(call) : other.throttled(call, 1_000, "429"));
    expect((await other.state()).limit).toBe(15);
    // What the first had accepted then makes it twenty, of which it hears by the record.
    await one.state();
    await time.advance(5_000);
    expect((await other.state()).limit).toBe(20);
  });
});
