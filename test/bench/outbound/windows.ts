/** How many calls start in the worst window, when they arrive where windows meet and when the event loop stands still. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Contenders } from "../contender.ts";
import type { Measure } from "../measure.ts";
import { defaults, modes, own, type Pace, type Pacer, strict, warmUp } from "./pacers.ts";
import { everyRound, mostInAnyWindow, peers, spread, together, waiting } from "./waiting.ts";

const rounds = 3;
const edge = { limit: 20, windowMs: 1_000 };
const stalls = [
  { limit: 5, windowMs: 1_000, jobs: 20 },
  { limit: 5, windowMs: 200, jobs: 40 },
] as const;
const stallAfterMs = 550;
const stallMs = 700;
/** Everyone tells the time in whole milliseconds: what is a window for them may be one shorter on the wall. */
const roundedMs = 1;

/** The worst window of one kind, as a multiple of the limit. */
interface Overshoot {
  readonly edge: number;
  readonly stalled: readonly number[];
}

const pacers: Readonly<Record<string, Pacer>> = { ...own, ...defaults, ...strict };

export const contenders: Contenders<Overshoot | undefined> = Object.fromEntries(
  Object.entries(pacers).map(([name, pacer]) => [
    name,
    waiting(
      async () => ({ edge: await atEdges(pacer), stalled: await stalled(pacer) }),
      () => warmUp(pacer),
    ),
  ]),
);

export const windows: Measure = async () => {
  const answers = await together<Overshoot>(import.meta.url, Object.keys(pacers), rounds);
  const by = (pick: (one: Overshoot) => number) =>
    new Map([...answers].map(([name, all]) => [name, all.map(pick)] as const));
  const kinds = [
    ["adversarial, limit 20 per 1 s", by((one) => one.edge)] as const,
    ...stalls.map(({ limit, windowMs }, i) => {
      const title = `event loop stalled for ${stallMs} ms, limit ${limit} per ${windowMs} ms`;
      return [title, by(({ stalled }) => stalled[i] ?? Number.NaN)] as const;
    }),
  ];
  const measure = "starts in any window";
  return {
    rows: kinds.map(([kind, values]) => {
      const sluice = values.get("Sluice") ?? [];
      const row = {
        measure: `${measure}, ${kind}`,
        against: peers(values, modes, "×", 2),
        reach: "1.00×, every round",
      };
      return everyRound(row, sluice, { unit: "×", digits: 2 }, (most) => most <= 1);
    }),
    raw: kinds.flatMap(([kind, values]) =>
      [...values].map(([name, all]) => `${measure}, ${kind}, ${name}: ${spread(all, "×", 2)}`),
    ),
  };
};

/** One call opens a window; just before the window ends there come twice as many as it holds. Also an idle window later. */
async function atEdges(pacer: Pacer): Promise<number> {
  const { limit, windowMs } = edge;
  const attack = async (idleMs: number): Promise<number> => {
    const { start, finished } = recorded(pacer(limit, windowMs));
    start();
    await sleep(idleMs + windowMs - 40);
    for (let i = 0; i < 2 * limit; i++) start();
    return mostInAnyWindow(await finished(), windowMs - roundedMs) / limit;
  };
  return Math.max(...(await Promise.all([attack(0), attack(windowMs)])));
}

/** All calls are there at once; then nothing runs for a while, as when a machine sleeps or a computation takes long. */
async function stalled(pacer: Pacer): Promise<number[]> {
  const runs = stalls.map(({ limit, windowMs, jobs }) => {
    const { start, finished } = recorded(pacer(limit, windowMs));
    for (let i = 0; i < jobs; i++) start();
    return async () => mostInAnyWindow(await finished(), windowMs - roundedMs) / limit;
  });
  await sleep(stallAfterMs);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
  return await Promise.all(runs.map((worst) => worst()));
}

/** Starts calls and keeps the instants at which they started. */
function recorded(pace: Pace): { start(): void; finished(): Promise<number[]> } {
  const starts: number[] = [];
  const all: Promise<void>[] = [];
  return {
    start: () => void all.push(pace(() => starts.push(performance.now()))),
    async finished() {
      await Promise.all(all);
      if (starts.length !== all.length) throw new Error(`started ${starts.length} of ${all.length} calls`);
      return starts;
    },
  };
}
