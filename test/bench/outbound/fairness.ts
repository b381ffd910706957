/** Whether waiting calls start in the order in which they came, and how long one waits that costs more than the others. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Contenders } from "../contender.ts";
import type { Measure } from "../measure.ts";
import { defaults, own, type Pacer, polling, strict, warmUp, weighted } from "./pacers.ts";
import { everyRound, peers, spread, together, waiting } from "./waiting.ts";

const rounds = 3;
const limit = 10;
const windowMs = 250;
const inFront = 20;
const cost = 8;
const behind = 60;
/** Those behind come one by one, while the heavy one waits. */
const everyMs = 20;
/** When a window that admits ten at once would have room for it: after two full ones. */
const idealMs = 2 * windowMs;

interface Fairness {
  /** Pairs that started the other way round, among calls of the same cost. */
  readonly inversions: number;
  /** How long the heavy one waited, as a multiple of what those in front of it take. */
  readonly heavy: number;
}

const pacers: Readonly<Record<string, Pacer>> = { ...own, ...defaults, ...strict, ...weighted, ...polling };
const takesCosts = (name: string): boolean => !name.startsWith("p-queue") && !name.startsWith("Bottleneck, minTime");

export const contenders: Contenders<Fairness | undefined> = Object.fromEntries(
  Object.entries(pacers).map(([name, pacer]) => [
    name,
    waiting(
      () => crowd(pacer),
      () => warmUp(pacer),
    ),
  ]),
);

export const fairness: Measure = async () => {
  const answers = await together<Fairness>(import.meta.url, Object.keys(pacers), rounds);
  const by = (pick: (one: Fairness) => number) =>
    new Map([...answers].map(([name, all]) => [name, all.map(pick)] as const));
  const [inversions, heavy] = [(one: Fairness) => one.inversions, (one: Fairness) => one.heavy];
  const queues = { ...defaults, ...strict };
  const groups = { queues: Object.keys(queues), "asking again": Object.keys(polling) };
  const costly = { ...groups, queues: Object.keys(queues).filter(takesCosts) };
  return {
    rows: [
      everyRound(
        {
          measure: `order inversions among ${inFront + behind} waiters`,
          against: peers(by(inversions), groups, "", 0),
          reach: "0",
        },
        by(inversions).get("Sluice") ?? [],
        { unit: "", digits: 0 },
        (count) => count === 0,
      ),
      everyRound(
        {
          measure: `wait of one that costs ${cost} of ${limit}, against that of those in front`,
          against: peers(by(heavy), costly, "×", 1),
          reach: "bounded: ≤ 1.5×",
        },
        by(heavy).get("Sluice") ?? [],
        { unit: "×", digits: 2 },
        (factor) => factor <= 1.5,
      ),
    ],
    raw: [...answers].map(([name, all]) => {
      const counted = `${spread(all.map(inversions), "", 0)} inversions`;
      return `fairness, ${name}: ${counted}${takesCosts(name) ? `, heavy ${spread(all.map(heavy), "×", 2)}` : ""}`;
    }),
  };
};

async function crowd(pacer: Pacer): Promise<Fairness> {
  const pace = pacer(limit, windowMs);
  const order: number[] = [];
  const all: Promise<void>[] = [];
  const come = (i: number): void => void all.push(pace(() => order.push(i)));
  for (let i = 0; i < inFront; i++) come(i);
  const asked = performance.now();
  let heavyMs = Number.NaN;
  const heavy = (): void => {
    heavyMs = performance.now() - asked;
  };
  all.push(pace(heavy, cost));
  for (let i = 0; i < behind; i++) {
    come(inFront + i);
    if (i % 2 === 1) await sleep(everyMs);
  }
  await Promise.all(all);
  return { inversions: inversionsOf(order), heavy: heavyMs / idealMs };
}

function inversionsOf(order: readonly number[]): number {
  return order.reduce((sum, later, i) => sum + order.slice(0, i).filter((earlier) => earlier > later).length, 0);
}
