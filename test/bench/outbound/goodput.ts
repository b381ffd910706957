/** How much of an API's quota becomes answers, where some requests fail, and where the API punishes those who go on. */

import type { Contenders } from "../contender.ts";
import { type Measure, median, type Row } from "../measure.ts";
import { around, naive, retrying, within } from "./clients/callers.ts";
import { type Outcome, outcome, percent, percents } from "./clients/outcome.ts";
import { own } from "./clients/own.ts";
import { played, type Scene } from "./clients/scenes.ts";
import { type Worked, working } from "./clients/work.ts";

const seeds = [1, 2, 3] as const;
const [limit, windowMs, jobs] = [20, 1_000, 150];
/** The shortest is seven or eight seconds; who needs longer than this has lost the rest. */
const mostMs = 15_000;

const limited = { ...own, ...within, ...around };
const unlimited = { ...retrying, ...naive };
const callers = { ...limited, ...unlimited };
const groups = { "limit within the retry": within, "around it": around, "no limit": unlimited };
/** How the API counts, and what it does to whoever goes on while it refuses. */
const kinds = {
  plain: { shape: "sliding", reach: 0.95, title: "5 % 503, any window counts" },
  "plain, fixed windows": { shape: "fixed", reach: 0.95, title: "5 % 503, fixed windows" },
  penalising: { shape: "sliding", penaltyMs: 1_000, reach: 0.9, title: "the same, punished, any window counts" },
  "penalising, fixed windows": { shape: "fixed", penaltyMs: 1_000, reach: 0.9, title: "punished, fixed windows" },
} as const;
type Kind = keyof typeof kinds;
const [strict, fixed] = [
  ["plain", "penalising"],
  ["plain, fixed windows", "penalising, fixed windows"],
] as const satisfies readonly (readonly Kind[])[];

export const contenders: Contenders<Worked | undefined> = Object.fromEntries(
  Object.entries(callers).map(([name, caller]) => [name, working(caller)]),
);

export const goodput: Measure = async () => {
  const runs = new Map<string, Outcome[]>();
  const round = async (names: readonly string[], asked: readonly Kind[], seed: number): Promise<void> => {
    const casts = asked.flatMap((kind) => names.map((contender) => ({ kind, contender, scene: sceneOf(kind, seed) })));
    const plays = await played(import.meta.url, casts);
    casts.forEach(({ kind, contender }, i) => {
      const key = `${kind}: ${contender}`;
      const run = plays[i];
      if (run !== undefined) runs.set(key, [...(runs.get(key) ?? []), outcome(run, { jobs, windowMs, limit })]);
    });
  };
  const all = Object.keys(kinds) as Kind[];
  for (const seed of seeds) await round(Object.keys(limited), strict, seed);
  await round(Object.keys(limited), fixed, seeds[0]);
  // Apart, since all that they send at once would delay those who keep to slots.
  await round(Object.keys(unlimited), strict, seeds[0]);
  const of = (kind: Kind, name: string): readonly Outcome[] => runs.get(`${kind}: ${name}`) ?? [];
  const against = (kind: Kind): string =>
    Object.entries(groups)
      .flatMap(([title, members]) => {
        const shares = Object.keys(members).flatMap((name) => {
          const runs = of(kind, name);
          return runs.length === 0 ? [] : [median(runs.map(({ goodput }) => goodput))];
        });
        return shares.length === 0 ? [] : [`${title} ${percents(shares)}`];
      })
      .join(", ");
  return { rows: all.flatMap(rowsOf), raw: raw() };

  function rowsOf(kind: Kind): Row[] {
    const { title, reach } = kinds[kind];
    const [ours, peers] = [of(kind, "Sluice"), Object.keys(within).map((name) => of(kind, name))];
    const shares = ours.map(({ goodput }) => goodput);
    const middles = (pick: (one: Outcome) => number): number[] => peers.map((runs) => median(runs.map(pick)));
    return [
      {
        measure: `goodput, ${jobs} jobs at ${limit}/s, ${title}`,
        against: against(kind),
        measured: percent(shares),
        reach: `≥ ${reach * 100} %`,
        met: median(shares) >= reach,
      },
      {
        measure: "its jobs done, and 429s met",
        against: `limit within the retry ${range(middles(({ done }) => done))}, ${range(middles(({ refused }) => refused))} 429s`,
        measured: `${range(ours.map(({ done }) => done))}, ${range(ours.map(({ refused }) => refused))} 429s`,
        reach: `${jobs}, 0–1 429s`,
        met: ours.every(({ done, refused }) => done === jobs && refused <= 1),
      },
    ];
  }

  function raw(): string[] {
    return [...runs].map(([name, all]) => `goodput, ${name}: ${all.map(({ told }) => told).join(" | ")}`);
  }
};

function sceneOf(kind: Kind, seed: number): Scene {
  const { shape, penaltyMs } = { penaltyMs: undefined, ...kinds[kind] };
  return {
    upstream: { limits: [{ limit, windowMs, shape }], failing: { share: 0.05, status: 503, seed }, penaltyMs },
    told: { limit, windowMs },
    work: { jobs, mostMs },
  };
}

/** `10–41`, or one number where all are the same. */
function range(values: readonly number[]): string {
  return [...new Set([Math.min(...values), Math.max(...values)])].join("–");
}
