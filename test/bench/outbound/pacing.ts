/** How punctually waiting calls start, what they drift by, and how much of a limit is used. */

import { per } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { limiter } from "@sluice/outbound";
import type { Contenders } from "../contender.ts";
import { type Measure, median } from "../measure.ts";
import { defaults, modes, own, type Pace, type Pacer, strict, warmUp } from "./pacers.ts";
import { everyRound, mostInAnyWindow, peers, spread, together, waiting } from "./waiting.ts";

const rounds = 3;
const slots = { count: 59, everyMs: 50 };
const jobs = { count: 91, limit: 20, windowMs: 1_000 };
const idealMs = (Math.ceil(jobs.count / jobs.limit) - 1) * jobs.windowMs;

interface Punctuality {
  /** How much later than one slot after the call before it half of the calls start. */
  readonly lateMs: number;
  readonly driftMs: number;
}

interface Use {
  readonly spanMs: number;
  /** The worst window, as a multiple of the limit. */
  readonly most: number;
}

type Answer = Punctuality & Partial<Use> & { readonly earlyMs?: number };

const pacers: Readonly<Record<string, Pacer>> = { ...own, ...defaults, ...strict };
/** By default a window is longer by the tolerance; here it is shorter by as much before, so that slots are the peers'. */
const exact = "Sluice, tolerance within the window";

export const contenders: Contenders<Answer | undefined> = {
  ...Object.fromEntries(
    Object.entries(pacers).map(([name, pacer]) => [
      name,
      waiting(
        async () => ({
          ...punctuality(await startsOf(pacer(1, slots.everyMs), slots.count + 1)),
          ...use(await startsOf(pacer(jobs.limit, jobs.windowMs), jobs.count)),
        }),
        () => warmUp(pacer),
      ),
    ]),
  ),
  [exact]: waiting(
    async () => {
      const lead: number[] = [];
      const slot = await startsOf(reserving(1, slots.everyMs, lead), slots.count + 1);
      return { ...punctuality(slot), earlyMs: Math.max(...lead) };
    },
    () => warmUp((limit, windowMs) => reserving(limit, windowMs, [])),
  ),
};

export const pacing: Measure = async () => {
  const answers = await together<Answer>(import.meta.url, Object.keys(contenders), rounds);
  const by = (pick: (one: Answer) => number) =>
    new Map([...answers].map(([name, all]) => [name, all.map(pick)] as const));
  const late = by(({ lateMs }) => lateMs);
  const drift = by(({ driftMs }) => driftMs);
  const spans = by(({ spanMs = Number.NaN }) => spanMs / idealMs);
  const lateness = late.get(exact) ?? [];
  return {
    rows: [
      {
        measure: "wake-up lateness, p50",
        against: peers(late, modes, " ms", 1),
        measured: spread(lateness, " ms", 2),
        reach: "< 1 ms",
        met: median(lateness) < 1,
      },
      everyRound(
        {
          measure: `drift over ${slots.count} slots of ${slots.everyMs} ms`,
          against: peers(drift, modes, " ms", 0),
          reach: "none: within 5 ms",
        },
        drift.get(exact) ?? [],
        { unit: " ms", digits: 1 },
        (ms) => Math.abs(ms) < 5,
      ),
      everyRound(
        { measure: "earliest start before its slot", against: "–", reach: "never early" },
        (answers.get(exact) ?? []).map(({ earlyMs = Number.NaN }) => earlyMs),
        { unit: " ms", digits: 0 },
        (ms) => ms <= 0,
      ),
      everyRound(
        {
          measure: `span of ${jobs.count} jobs at ${jobs.limit}/s, ideal ${idealMs / 1_000} s`,
          against: peers(spans, modes, "×", 2),
          reach: "≤ 1.23× (4.9 s)",
        },
        spans.get("Sluice") ?? [],
        { unit: "×", digits: 2 },
        (factor) => factor * idealMs <= 4_900,
      ),
    ],
    raw: [...answers].map(([name, all]) => `pacing, ${name}: ${described(all)}`),
  };
};

/** Notes how much earlier than its slot each call starts, by the clock that the slot is told by. */
function reserving(limit: number, windowMs: number, earlyMs: number[]): Pace {
  const toleranceMs = Math.max(5, Math.floor(windowMs / 50));
  const rate = per(`${windowMs - toleranceMs}ms`, limit);
  const limited = limiter({ name: "bench", rate, backend: memory(), toleranceMs });
  return async (job) => {
    const answer = await limited.reserve(1, { maxWaitMs: 60_000 });
    if (!answer.allowed) throw new Error("was denied a slot within a minute");
    await answer.ready();
    earlyMs.push(answer.readyAtMs - Date.now());
    job();
  };
}

/** All calls are there at once. */
async function startsOf(pace: Pace, count: number): Promise<number[]> {
  const starts: number[] = [];
  await Promise.all(Array.from({ length: count }, () => pace(() => starts.push(performance.now()))));
  if (starts.length !== count) throw new Error(`started ${starts.length} of ${count} calls`);
  return starts;
}

function punctuality(starts: readonly number[]): Punctuality {
  const late = starts.slice(1).map((start, i) => start - (starts[i] as number) - slots.everyMs);
  return { lateMs: median(late), driftMs: span(starts) - slots.count * slots.everyMs };
}

function use(starts: readonly number[]): Use {
  return { spanMs: span(starts), most: mostInAnyWindow(starts, jobs.windowMs - 1) / jobs.limit };
}

function span(starts: readonly number[]): number {
  return (starts.at(-1) ?? Number.NaN) - (starts[0] ?? Number.NaN);
}

function described(all: readonly Answer[]): string {
  const part = (title: string, pick: (one: Answer) => number | undefined, unit: string, digits: number): string[] => {
    const values = all.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? [] : [`${title} ${spread(values, unit, digits)}`];
  };
  return [
    ...part("late", ({ lateMs }) => lateMs, " ms", 2),
    ...part("drift", ({ driftMs }) => driftMs, " ms", 0),
    ...part("span", ({ spanMs }) => spanMs && spanMs / 1_000, " s", 2),
    ...part("most in a window", ({ most }) => most, "×", 2),
  ].join(", ");
}
