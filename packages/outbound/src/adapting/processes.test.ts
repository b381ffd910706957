import { DatabaseSync } from "node:sqlite";
import { type Backend, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { elsewhere } from "../../test/elsewhere.ts";
import { newFile } from "../../test/new-file.ts";
import { seeded, type TunedClient, tunedClient } from "../../test/tuned-client.ts";
import { VirtualUpstream } from "../../test/virtual-upstream.ts";
import { limiter } from "../limits/make-limiter.ts";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import { tuning } from "./make-tuning.ts";

/** Backends as several processes have them, each its own object on one state. */
const backends: readonly [string, (time: VirtualTime) => () => Backend][] = [
  [
    "a file",
    (time) => {
      const file = newFile();
      return () => sqlite(new DatabaseSync(file), onClock(time, {}));
    },
  ],
  [
    "a backend elsewhere",
    (time) => {
      const state = memory({ clock: time });
      return () => elsewhere(state, time, 10);
    },
  ],
];

function processOn(backend: Backend, time: VirtualTime, upstream: VirtualUpstream, limit = 30): TunedClient {
  const own = limiter({ name: "api", rate: perSecond(limit), backend, time, rampMs: 500 });
  return tunedClient(own, tuning({ limiter: own, isOn: true, time, random: seeded(5) }), upstream);
}

describe.each(backends)("processes on %s", (_name, on) => {
  it("hold together, and keep the lower limit together", async () => {
    const time = virtualTime();
    const make = on(time);
    const upstream = new VirtualUpstream({ limit: 20, windowMs: 1_000 }, time);
    const [here, there] = [processOn(make(), time, upstream), processOn(make(), time, upstream)];
    let done = 0;
    for (let i = 0; i < 30; i++) void here.call().then(() => done++);
    await time.advance(100);
    const denial = there.limit.tryAcquire();
    await time.advance(100);
    expect(await denial).toMatchObject({
      because: "paused",
      violations: [{ paused: { reason: "429", by: "client api" } }],
    });
    await time.advance(10_000);
    expect(done).toBe(30);
    expect(upstream.refused).toBe(10);
    const state = there.tuned.state();
    await time.advance(100);
    expect(await state).toMatchObject({ limit: 20, configured: 30 });
    const before = upstream.accepted;
    for (let i = 0; i < 100; i++) void there.call();
    await time.advance(3_600);
    // Four times 20, and hardly one refused.
    expect(upstream.accepted - before).toBe(80);
    expect(upstream.refused).toBe(10);
  });

  it("who waits in the other takes places under the new limit", async () => {
    const time = virtualTime();
    const make = on(time);
    const upstream = new VirtualUpstream({ limit: 20, windowMs: 1_000 }, time);
    const clients = [processOn(make(), time, upstream), processOn(make(), time, upstream)];
    const start = time.now();
    let done = 0;
    for (let i = 0; i < 200; i++) {
      void clients[i % 2]?.call().then(() => done++);
      // They come one after the other, and not one process before the other.
      await time.advance(1);
    }
    while (done < 200 && time.now() - start < 60_000) await time.advance(500);
    const tookMs = time.now() - start;
    console.log(`two processes on ${_name}: ${tookMs} ms for 200 at 20/s, ${upstream.refused} refused`);
    expect(done).toBe(200);
    // What it costs to find out, once, with many slots booked ahead elsewhere.
    expect(9_000 / tookMs).toBeGreaterThan(0.65);
    expect(upstream.refused).toBeLessThanOrEqual(20);
  });

  it("remember it after a restart, and come back up from there", async () => {
    const time = virtualTime();
    const make = on(time);
    const upstream = new VirtualUpstream({ limit: 20, windowMs: 1_000 }, time);
    const first = processOn(make(), time, upstream);
    for (let i = 0; i < 30; i++) void first.call();
    await time.advance(5_000);
    const second = processOn(make(), time, upstream);
    const before = upstream.refused;
    for (let i = 0; i < 40; i++) void second.call();
    await time.advance(5_000);
    expect(upstream.refused).toBe(before);
    upstream.change({ limit: 30 });
    for (let i = 0; i < 15; i++) {
      void second.call();
      await time.advance(10_000);
    }
    const states = [first, second].map(({ tuned }) => tuned.state());
    await time.advance(100);
    for (const state of states) expect(await state).toMatchObject({ limit: 30, configured: 30, raiseAtMs: undefined });
  });

  it("eight of them find what they are allowed together", async () => {
    const time = virtualTime();
    const make = on(time);
    const upstream = new VirtualUpstream({ limit: 40, windowMs: 1_000 }, time);
    const clients = Array.from({ length: 8 }, () => processOn(make(), time, upstream, 60));
    const start = time.now();
    let done = 0;
    const worker = async (client: TunedClient): Promise<void> => {
      while (done < 400) {
        await client.call();
        done++;
      }
    };
    for (const client of clients) for (let i = 0; i < 8; i++) void worker(client);
    while (done < 400 && time.now() - start < 60_000) await time.advance(500);
    const state = clients[0]?.tuned.state();
    await time.advance(100);
    const { limit } = (await state) ?? {};
    console.log(
      `eight processes on ${_name}: ${limit} of 40, ${upstream.refused} refused, ${time.now() - start} ms for 400`,
    );
    expect(limit).toBeGreaterThanOrEqual(30);
    expect(limit).toBeLessThanOrEqual(42);
    expect(9_000 / (time.now() - start)).toBeGreaterThan(0.5);
  });
});

describe("a record", () => {
  it.each(["of another version", "of nonsense"])("%s says nothing, and is written over", async (what) => {
    const time = virtualTime();
    const file = newFile();
    const backend = sqlite(new DatabaseSync(file), onClock(time, {}));
    const note = what === "of nonsense" ? '{"v":1,"limit":-3}' : '{"v":9,"limit":2}';
    const name = "sluice/tuned/3:api/sliding-log/1020/api/";
    (backend as Required<Backend>).lease({ name, verb: "take", ttlMs: 1_000_000, note });
    const upstream = new VirtualUpstream({ limit: 20, windowMs: 1_000 }, time);
    const client = processOn(backend, time, upstream);
    expect((await client.tuned.state()).limit).toBe(30);
    for (let i = 0; i < 30; i++) void client.call();
    await time.advance(5_000);
    expect((await client.tuned.state()).limit).toBe(20);
    const look = (backend as Required<Backend>).lease({ name, verb: "look" }) as { note: string };
    expect(JSON.parse(look.note)).toMatchObject({ v: 1, limit: 20 });
  });
});
