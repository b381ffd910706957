/** Goodput of eight processes that share one limit through Redis, at an API that bans whoever exceeds it. */

import { withRedis } from "../backends/with-redis.ts";
import type { Contenders } from "../contender.ts";
import { type Measure, median, type Result, type Row } from "../measure.ts";
import { type Outcome, outcome, percent, percents } from "./clients/outcome.ts";
import { played, type Scene } from "./clients/scenes.ts";
import { shared } from "./clients/shared.ts";
import { type Worked, working } from "./clients/work.ts";

const rounds = 2;
const processCount = 8;
const [limit, windowMs, jobsEach] = [40, 1_000, 50];
const jobs = processCount * jobsEach;
/** The shortest is nine seconds. */
const mostMs = 20_000;
const ban = { after: 10, withinMs: 60_000, forMs: 60_000 };

export const contenders: Contenders<Worked | undefined> = Object.fromEntries(
  Object.entries(shared).map(([name, caller]) => [name, working(caller)]),
);

const [own, others] = [["Sluice"], Object.keys(shared).filter((name) => name !== "Sluice")];

export const processes: Measure = () =>
  withRedis(async ({ url }): Promise<Result> => {
    const runs = new Map(Object.keys(shared).map((name) => [name, [] as Outcome[]]));
    for (let round = 0; round < rounds; round++) {
      // Peers once and together: so many processes would disturb those that are timed.
      for (const names of round === 0 ? [own, others] : [own]) await play(names, runs, url);
    }
    const [ours = [], ...peers] = runs.values();
    const shares = ours.map(({ goodput }) => goodput);
    const middles = peers.map((all) => median(all.map(({ goodput }) => goodput)));
    const bans = (all: readonly Outcome[]): number => all.reduce((sum, { bans }) => sum + bans, 0);
    const rows: Row[] = [
      {
        measure: `goodput, ${processCount} processes on one Redis, ${jobs} jobs at ${limit}/s`,
        against: `shared limits within and around a retry ${percents(middles)}`,
        measured: percent(shares),
        reach: "≥ 95 %",
        met: median(shares) >= 0.95,
      },
      {
        measure: `their bans, after ${ban.after} refusals, in all rounds`,
        against: peers.map(bans).join(" and "),
        measured: `${bans(ours)}`,
        reach: "never",
        met: bans(ours) === 0,
      },
    ];
    return {
      rows,
      raw: [...runs].map(([name, all]) => `processes, ${name}: ${all.map(({ told }) => told).join(" | ")}`),
    };
  });

async function play(names: readonly string[], runs: ReadonlyMap<string, Outcome[]>, url: string): Promise<void> {
  const casts = names.map((contender) => ({ contender, scene: sceneOf(url) }));
  const plays = await played(import.meta.url, casts);
  names.forEach((name, i) => {
    const one = plays[i];
    if (one !== undefined) runs.get(name)?.push(outcome(one, { jobs, windowMs, limit }));
  });
}

function sceneOf(redis: string): Scene {
  return {
    upstream: { limits: [{ limit, windowMs }], ban },
    told: { limit, windowMs, redis },
    work: { jobs: jobsEach, mostMs },
    processes: processCount,
  };
}
