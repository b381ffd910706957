/** What is remembered of a series, against one that remembers nothing. */

import { describe, expect, it } from "vitest";
import type { SeriesPoint } from "./decisions-admin.ts";
import { settledSteps } from "./settled-steps.ts";

const hour = 3_600_000;
const minute = 60_000;

/** One limiter that decided once in each of the `recorded` hours; `asked` has the time of every question. */
function setUp() {
  const recorded = new Set<number>();
  const asked: [fromMs: number, toMs: number][] = [];
  const clock = { ms: 1_000 * hour + 30 * minute };
  const series = settledSteps(
    async (fromMs, toMs, stepMs) => {
      asked.push([fromMs, toMs]);
      const points: SeriesPoint[] = [];
      for (let atMs = fromMs; atMs < toMs; atMs += stepMs) {
        const allowed = [...recorded].filter((at) => at >= atMs && at < Math.min(atMs + stepMs, toMs)).length;
        if (allowed > 0) points.push({ atMs, limiter: "api", counts: { allowed, denied: 0, open: 0, closed: 0 } });
      }
      return points;
    },
    () => clock.ms,
  );
  return { recorded, asked, clock, series };
}

describe("a series", () => {
  it("is read whole at first, then from the last hour on, and whole again after five minutes", async () => {
    const { recorded, asked, clock, series } = setUp();
    for (const at of [980, 990, 999, 1_000]) recorded.add(at * hour);
    const [from, to] = [977 * hour, 1_001 * hour];
    const first = await series(from, to, hour);
    expect(first.map(({ atMs }) => atMs / hour)).toEqual([980, 990, 999, 1_000]);
    recorded.add(1_000 * hour + 1);
    clock.ms += 5 * minute - 1;
    expect((await series(from, to, hour)).at(-1)).toMatchObject({ atMs: 1_000 * hour, counts: { allowed: 2 } });
    // Late, of a process whose database was away.
    recorded.add(980 * hour + 1);
    expect((await series(from, to, hour))[0]).toMatchObject({ counts: { allowed: 1 } });
    clock.ms += 1;
    expect((await series(from, to, hour))[0]).toMatchObject({ counts: { allowed: 2 } });
    expect(asked).toEqual([
      [from, to],
      [1_000 * hour, to],
      [1_000 * hour, to],
      [from, to],
    ]);
  });

  it("of an hour that ended a moment ago is read again: the last of it may not be written", async () => {
    const { asked, clock, series } = setUp();
    clock.ms = 1_000 * hour + 10 * minute - 1;
    await series(998 * hour, 1_001 * hour, hour);
    await series(998 * hour, 1_001 * hour, hour);
    clock.ms += 1;
    await series(998 * hour, 1_001 * hour, hour);
    await series(998 * hour, 1_001 * hour, hour);
    expect(asked.map(([fromMs]) => fromMs / hour)).toEqual([998, 999, 999, 1_000]);
  });

  it("by the minute, or in steps of another length or beginning, is read as it is", async () => {
    const { recorded, asked, series } = setUp();
    recorded.add(990 * hour);
    await series(980 * hour, 1_001 * hour, hour);
    for (const [fromMs, stepMs] of [
      [980 * hour, minute],
      [980 * hour, 2 * hour],
      [980 * hour + minute, hour],
    ] as const) {
      expect(await series(fromMs, 1_001 * hour, stepMs)).toHaveLength(1);
      expect(asked.at(-1)?.[0]).toBe(fromMs);
    }
    expect(await series(980 * hour, 990 * hour, hour)).toEqual([]);
    expect(asked).toHaveLength(4);
  });
});
