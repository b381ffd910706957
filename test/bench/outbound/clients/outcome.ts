/** What a run came to, in the numbers of the tables. */

import { median } from "../../measure.ts";
import type { Played } from "./scenes.ts";
import { goodput, type LimitAt, shortestMs } from "./shortest.ts";

export interface Outcome {
  readonly goodput: number;
  readonly done: number;
  /** 429s that the upstream gave. */
  readonly refused: number;
  readonly bans: number;
  /** All of it in one line. */
  readonly told: string;
}

/** What it is measured by. */
export interface Measured {
  /** All that came, over all processes. */
  readonly jobs: number;
  readonly windowMs: number;
  readonly limit: number | LimitAt;
  /** Places that somebody else took. */
  readonly foreign?: number | undefined;
}

/**
 * Goodput: the shortest time in which that upstream could have answered these jobs, the requests that it failed by itself and
 * what others took, over the time taken; times the share of jobs that were done.
 */
export function outcome({ worked, counts }: Played, { jobs, windowMs, limit, foreign = 0 }: Measured): Outcome {
  const done = worked.reduce((sum, { doneMs }) => sum + doneMs.length, 0);
  const tookMs =
    Math.max(...worked.map(({ endedMs }) => endedMs)) - Math.min(...worked.map(({ startedMs }) => startedMs));
  const limitAt = typeof limit === "number" ? () => limit : limit;
  const shortest = shortestMs(jobs + counts.faults + foreign, windowMs, limitAt);
  const share = goodput({ jobs, done, tookMs, shortestMs: shortest });
  const why = worked.flatMap(({ givenUp }) => Object.entries(givenUp));
  const reasons = new Map<string, number>();
  for (const [reason, count] of why) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  const parts = [
    `${(share * 100).toFixed(0)} %`,
    `${done}/${jobs}`,
    `${(tookMs / 1_000).toFixed(1)} of ${(shortest / 1_000).toFixed(1)} s`,
    `${counts.refused} 429s`,
    ...(counts.bans > 0 ? [`${counts.bans} bans`] : []),
    ...(foreign > 0 ? [`${foreign} foreign`] : []),
    ...[...reasons].map(([reason, count]) => `${count} × ${reason}`),
  ];
  return { goodput: share, done, refused: counts.refused, bans: counts.bans, told: parts.join(", ") };
}

/** `96 % (94–97)` */
export function percent(shares: readonly number[]): string {
  const [least, middle, most] = [Math.min(...shares), median(shares), Math.max(...shares)].map((share) =>
    (share * 100).toFixed(0),
  );
  return least === most ? `${middle} %` : `${middle} % (${least}–${most})`;
}

/** `3–97 %` */
export function percents(shares: readonly number[]): string {
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => (share * 100).toFixed(0));
  return least === most ? `${least} %` : `${least}–${most} %`;
}
