/** Goodput where the configured limit is not the true one: too high from the start, shrinking on the way, or shared. */

import type { Contenders } from "../contender.ts";
import { type Measure, median } from "../measure.ts";
import { within } from "./clients/callers.ts";
import { type Outcome, outcome, percent, percents } from "./clients/outcome.ts";
import { own } from "./clients/own.ts";
import { type Played, played, type Scene } from "./clients/scenes.ts";
import type { LimitAt } from "./clients/shortest.ts";
import { type Worked, working } from "./clients/work.ts";

const rounds = 1;
const [limit, windowMs, jobs] = [20, 1_000, 300];
/** The shortest is 14 to 21 seconds. */
const mostMs = 30_000;
const shrinksAfterMs = 7_000;
const foreignPerSecond = 0.3 * limit;

/** The two that do best where the limit is right. */
const peers = ["limiter in p-retry", "p-throttle in p-retry"] as const;
const callers = { ...own, ...Object.fromEntries(peers.map((name) => [name, within[name] ?? absent(name)])) };

export const contenders: Contenders<Worked | undefined> = Object.fromEntries(
  Object.entries(callers).map(([name, caller]) => [name, working(caller)]),
);

interface Wrong {
  readonly title: string;
  readonly least: number;
  readonly configured: number;
  readonly limitAt: LimitAt;
  readonly during?: Scene["during"];
}

const wrongs: readonly Wrong[] = [
  { title: "1.5 times the true limit configured", least: 0.85, configured: 1.5 * limit, limitAt: () => limit },
  {
    title: `true limit halved after ${shrinksAfterMs / 1_000} s`,
    least: 0.8,
    configured: limit,
    limitAt: (sinceMs) => (sinceMs < shrinksAfterMs ? limit : limit / 2),
    during(upstream) {
      const limits = [{ limit: limit / 2, windowMs }];
      const timer = setTimeout(() => void upstream.change({ limits }).catch(() => {}), shrinksAfterMs);
      return () => clearTimeout(timer);
    },
  },
  { title: "30 % eaten by somebody else", least: 0.85, configured: limit, limitAt: () => limit },
];
const eaten = wrongs[2];

/** Whether it says in a refusal for how many seconds it will go on refusing. */
const ways = { "Retry-After": ["retry-after"], "not a word": ["nothing"] } as const;

export const wrongLimit: Measure = async () => {
  const casts = wrongs.flatMap((wrong) =>
    Object.entries(ways).flatMap(([way, tells]) =>
      Object.keys(callers).map((contender) => ({ wrong, way, tells, contender, runs: [] as Outcome[] })),
    ),
  );
  for (let round = 0; round < rounds; round++) {
    const foreign = casts.map(() => ({ taken: 0 }));
    const plays = await played(
      import.meta.url,
      casts.map(({ wrong, tells, contender }, i) => ({
        contender,
        scene: sceneOf(wrong, tells, foreign[i] ?? { taken: 0 }),
      })),
    );
    casts.forEach(({ wrong, runs }, i) => {
      const [play, taken] = [plays[i] as Played, foreign[i]?.taken];
      runs.push(outcome(play, { jobs, windowMs, limit: wrong.limitAt, foreign: taken }));
    });
  }
  const runsOf = (title: string, way: string, names: readonly string[]): Outcome[][] =>
    casts
      .filter((cast) => cast.wrong.title === title && cast.way === way && names.includes(cast.contender))
      .map(({ runs }) => runs);
  const shares = (runs: readonly Outcome[]): number[] => runs.map(({ goodput }) => goodput);
  const refusals = (runs: readonly Outcome[]): number => Math.round(median(runs.map(({ refused }) => refused)));
  return {
    rows: wrongs.flatMap(({ title, least }) =>
      Object.keys(ways).map((way) => {
        const [ours = []] = runsOf(title, way, Object.keys(own));
        const others = runsOf(title, way, peers);
        const middles = others.map((runs) => median(shares(runs)));
        return {
          measure: `goodput, ${title}, refusals say ${way}`,
          against: `limit within the retry ${percents(middles)}, ${others.map(refusals).join(" and ")} 429s`,
          measured: `${percent(shares(ours))}, ${refusals(ours)} 429s`,
          reach: `≥ ${least * 100} %`,
          met: median(shares(ours)) >= least,
        };
      }),
    ),
    raw: casts.map(({ wrong, way, contender, runs }) => {
      return `wrong limit, ${wrong.title}, ${way}, ${contender}: ${runs.map(({ told }) => told).join(" | ")}`;
    }),
  };
};

function sceneOf(wrong: Wrong, tells: (typeof ways)[keyof typeof ways], foreign: { taken: number }): Scene {
  return {
    upstream: { limits: [{ limit, windowMs }], tells },
    told: { limit: wrong.configured, windowMs },
    work: { jobs, mostMs },
    during: wrong === eaten ? (upstream) => eating(upstream, foreign) : wrong.during,
  };
}

/** Asks for its share evenly, and counts what it gets: that much less is left to serve the jobs with. */
function eating(upstream: Parameters<NonNullable<Scene["during"]>>[0], foreign: { taken: number }): () => void {
  const timer = setInterval(async () => {
    if (await upstream.foreign().catch(() => false)) foreign.taken++;
  }, 1_000 / foreignPerSecond);
  return () => clearInterval(timer);
}

function absent(name: string): never {
  throw new Error(`there is no caller "${name}"`);
}
