/** The shortest time in which an upstream could have answered so many requests: what goodput is measured by. */

/** Units that any window which ends so long after the start may hold. */
export type LimitAt = (sinceMs: number) => number;

/** When the last of `requests` can come at the earliest, in milliseconds after the first, to a limit in sliding windows. */
export function shortestMs(requests: number, windowMs: number, limitAt: LimitAt): number {
  const cameMs: number[] = [];
  for (let ms = 0; ; ms++) {
    let within = cameMs.filter((at) => at > ms - windowMs).length;
    for (; within < limitAt(ms); within++) {
      cameMs.push(ms);
      if (cameMs.length >= requests) return ms;
    }
  }
}

/** What goodput is made of. */
export interface Served {
  readonly jobs: number;
  readonly done: number;
  readonly tookMs: number;
  readonly shortestMs: number;
}

/** The shortest time over the time taken, at most 1, times the share of the jobs that were done: who gives up saves no time. */
export function goodput({ jobs, done, tookMs, shortestMs }: Served): number {
  return (Math.min(1, shortestMs / tookMs) * done) / jobs;
}
