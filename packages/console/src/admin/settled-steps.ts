/** A series of long steps, of which those that ended a while ago are read once in some minutes: a day by the hour is mostly past. */

import type { SeriesPoint } from "./decisions-admin.ts";

/** Gives the points from one instant up to another, in steps from the first on. */
export type AskSeries = (fromMs: number, toMs: number, stepMs: number) => Promise<readonly SeriesPoint[]>;

/** Shorter steps are read each time: there are many, and most of those that are asked for have only just ended. */
const longMs = 3_600_000;
/** What was recorded by then is written; a process whose database was away may come later, and is seen after `keptMs`. */
const settledAfterMs = 600_000;
const keptMs = 300_000;
/** Two months by the hour. */
const mostSteps = 1_500;

interface Settled {
  readonly askedMs: number;
  readonly points: readonly SeriesPoint[];
}

/** Answers as `ask` does, with what is remembered of the past. In memory are answers alone, no question of another request. */
export function settledSteps(ask: AskSeries, now: () => number): AskSeries {
  const known = new Map<string, Settled>();
  const nameOf = (atMs: number, stepMs: number): string => `${stepMs} ${atMs}`;

  const remember = (points: readonly SeriesPoint[], fromMs: number, toMs: number, stepMs: number): void => {
    const askedMs = now();
    const byStep = Map.groupBy(points, ({ atMs }) => atMs);
    const untilMs = Math.min(toMs, askedMs - settledAfterMs);
    for (let atMs = fromMs; atMs + stepMs <= untilMs; atMs += stepMs) {
      if (known.size >= mostSteps) known.clear();
      known.set(nameOf(atMs, stepMs), { askedMs, points: byStep.get(atMs) ?? [] });
    }
  };

  return async (fromMs, toMs, stepMs) => {
    if (stepMs < longMs) return await ask(fromMs, toMs, stepMs);
    const past: SeriesPoint[] = [];
    let atMs = fromMs;
    for (; atMs + stepMs <= toMs; atMs += stepMs) {
      const step = known.get(nameOf(atMs, stepMs));
      if (step === undefined || Math.abs(now() - step.askedMs) >= keptMs) break;
      past.push(...step.points);
    }
    if (atMs >= toMs) return past;
    const asked = await ask(atMs, toMs, stepMs);
    remember(asked, atMs, toMs, stepMs);
    return [...past, ...asked];
  };
}
