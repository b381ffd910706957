import { perMinute, perSecond, type Rate } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { run, type Simulation, seeded, simulation } from "../../test/tuned-client.ts";
import type { VirtualUpstreamOptions } from "../../test/virtual-upstream.ts";

type Windowed = Rate & { readonly windowMs: number };

const scales = [
  { of: "20/s", limit: 20, windowMs: 1_000, rate: (limit: number) => perSecond(limit) as Windowed },
  { of: "60/min", limit: 60, windowMs: 60_000, rate: (limit: number) => perMinute(limit) as Windowed },
] as const;

const shapes = ["sliding", "fixed"] as const;

const says: readonly [string, Partial<VirtualUpstreamOptions>][] = [
  ["Retry-After in whole seconds", {}],
  ["no Retry-After", { says: () => undefined }],
  ["a Retry-After that is too small", { says: (ms: number) => Math.min(ms, 50) }],
  ["a Retry-After of 0", { says: () => 0 }],
];

/** The shortest time in which an API that allows so much can have served them all: a window's worth at the start of each. */
const shortestMs = (jobs: number, limit: number, windowMs: number): number => {
  return (Math.ceil(jobs / limit) - 1) * windowMs;
};

/** The most refusals within a minute. */
const mostRefused = ({ upstream: { refusedAt } }: Simulation): number => {
  return Math.max(0, ...refusedAt.map((from) => refusedAt.filter((at) => at >= from && at < from + 60_000).length));
};

const cases = scales.flatMap((scale) =>
  shapes.flatMap((shape) =>
    says.map(([told, options]) => [`${scale.of} ${shape}, ${told}`, scale, { shape, ...options }] as const),
  ),
);

describe("300 calls, 64 at once", () => {
  it.each(cases)("at the right limit: none is refused (%s)", async (_what, { limit, windowMs, rate }, options) => {
    const made = simulation(rate(limit), { limit, windowMs, banAfter: 10, ...options });
    const tookMs = await run(made, 300);
    expect(shortestMs(300, limit, windowMs) / tookMs).toBeGreaterThan(0.95);
    expect(made.upstream).toMatchObject({ accepted: 300, refused: 0, bans: 0 });
  });

  it.each(cases)("at 1.5 times the true limit: 85 %% of what it allows (%s)", async (what, scale, options) => {
    const { limit, windowMs, rate } = scale;
    const made = simulation(rate(limit * 1.5), { limit, windowMs, ...options });
    const tookMs = await run(made, 300);
    const goodput = shortestMs(300, limit, windowMs) / tookMs;
    console.log(`1.5 times, ${what}: ${(goodput * 100).toFixed(0)} %, ${made.upstream.refused} refused`);
    expect(goodput).toBeGreaterThan(0.85);
    // Those that were sent at once before anybody knew, and hardly another.
    expect(made.upstream.refused).toBeLessThanOrEqual(limit / 2 + 1);
    expect(await made.client.tuned.state()).toMatchObject({ limit, configured: limit * 1.5 });
  });

  it.each(cases)("at a limit that shrinks to its half: 80 %% (%s)", async (what, scale, options) => {
    const { limit, windowMs, rate } = scale;
    const made = simulation(rate(limit), { limit, windowMs, ...options });
    const tookMs = await run(made, 300, (done) => {
      if (done === 150) made.upstream.change({ limit: limit / 2 });
    });
    const bestMs = shortestMs(150, limit, windowMs) + shortestMs(150, limit / 2, windowMs);
    console.log(`shrinks, ${what}: ${((bestMs / tookMs) * 100).toFixed(0)} %, ${made.upstream.refused} refused`);
    expect(bestMs / tookMs).toBeGreaterThan(0.8);
    expect(made.upstream.refused).toBeLessThanOrEqual(limit / 2 + 1);
  });

  it.each(cases.filter(([, , { shape }]) => shape === "sliding"))(
    "beside somebody who takes 30 %%: 85 %% of the rest (%s)",
    async (what, scale, options) => {
      const { limit, windowMs, rate } = scale;
      const made = simulation(rate(limit), { limit, windowMs, ...options });
      let isOver = false;
      const everyMs = windowMs / (limit * 0.3);
      void (async () => {
        for (; !isOver; await made.time.sleep(everyMs)) made.upstream.foreign();
      })();
      const tookMs = await run(made, 300);
      isOver = true;
      const goodput = shortestMs(300, limit * 0.7, windowMs) / tookMs;
      console.log(`30 % taken, ${what}: ${(goodput * 100).toFixed(0)} %, ${made.upstream.refused} refused`);
      expect(goodput).toBeGreaterThan(0.85);
      expect(mostRefused(made)).toBeLessThan(15);
    },
  );

  it.each(scales)("$of, where every refused request makes it refuse for two windows more", async (scale) => {
    const { limit, windowMs, rate } = scale;
    const right = simulation(rate(limit), { limit, windowMs, penaltyMs: 2 * windowMs, banAfter: 10 });
    expect(shortestMs(300, limit, windowMs) / (await run(right, 300))).toBeGreaterThan(0.9);
    expect(right.upstream.refused).toBe(0);
    const wrong = simulation(rate(limit * 1.5), { limit, windowMs, penaltyMs: 2 * windowMs });
    const bestMs = shortestMs(300, limit, windowMs) + 2 * windowMs;
    expect(bestMs / (await run(wrong, 300))).toBeGreaterThan(0.85);
    expect(wrong.upstream.refused).toBe(limit / 2);
  });
});

describe("what comes back", () => {
  it.each([
    { ...scales[0], hours: 0.5 },
    { ...scales[1], hours: 8 },
  ])("$of: the whole limit, once somebody else has left, with few refusals on the way", async (scale) => {
    const { limit, windowMs, rate, hours } = scale;
    const made = simulation(rate(limit), { limit, windowMs });
    const { time, upstream, client } = made;
    const leavesAt = time.now() + hours * 1_800_000;
    const draw = seeded(3);
    let isOver = false;
    void (async () => {
      while (time.now() < leavesAt) {
        await time.sleep((-Math.log(1 - draw()) * windowMs) / (limit * 0.3));
        upstream.foreign();
      }
    })();
    for (let i = 0; i < 30; i++) {
      void (async () => {
        while (!isOver) await client.call();
      })();
    }
    await time.advance(hours * 1_800_000);
    const during = upstream.refused;
    // Whoever takes a third at random leaves two thirds on average, and less where he is not to be met.
    expect((await client.tuned.state()).limit).toBeGreaterThanOrEqual(limit * 0.4);
    expect((await client.tuned.state()).limit).toBeLessThanOrEqual(limit * 0.75);
    await time.advance(hours * 1_800_000);
    isOver = true;
    console.log(
      `${scale.of}: ${during} refused in ${hours / 2} h with somebody else, ${upstream.refused - during} without`,
    );
    expect(await client.tuned.state()).toMatchObject({ limit, raiseAtMs: undefined });
    expect(during / (hours / 2)).toBeLessThan(200);
    expect(upstream.refused - during).toBeLessThan(10);
  });

  it.each([
    { ...scales[0], spanMs: 900_000, most: 10 },
    { ...scales[1], spanMs: 3_600_000, most: 5 },
  ])("$of: a limit that stays low is tried ever more rarely", async ({ limit, windowMs, rate, spanMs, most }) => {
    const made = simulation(rate(limit * 1.5), { limit, windowMs });
    let isOver = false;
    for (let i = 0; i < 30; i++) {
      void (async () => {
        while (!isOver) await made.client.call();
      })();
    }
    await made.time.advance(spanMs);
    const first = made.upstream.refused - limit / 2;
    const before = made.upstream.refused;
    await made.time.advance(spanMs);
    isOver = true;
    console.log(
      `${limit} in ${windowMs} ms, tried: ${first} refused in ${spanMs / 60_000} minutes, then ${made.upstream.refused - before}`,
    );
    expect(made.upstream.refused - before).toBeLessThanOrEqual(most);
    expect(mostRefused(made)).toBeLessThanOrEqual(limit / 2 + 1);
  });
});
