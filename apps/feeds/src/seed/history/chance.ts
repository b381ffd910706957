/** Chance that comes out the same every time: a small generator with a seed. */

export interface Chance {
  /** At least 0 and below 1. */
  next(): number;
  /** How often something happened that happens `mean` times on average; for means below 50. */
  times(mean: number): number;
  /** One of these. */
  of<T>(all: readonly T[]): T;
}

/** Makes one (mulberry32). */
export function chance(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    times(mean) {
      // Knuth: multiply until the product is below e^-mean.
      const end = Math.exp(-mean);
      let product = next();
      let count = 0;
      while (product > end) {
        product *= next();
        count++;
      }
      return count;
    },
    of(all) {
      return all[Math.floor(next() * all.length)] as (typeof all)[number];
    },
  };
}

/** How busy an hour of the day is, from 0.15 at four in the morning to 1 at three in the afternoon. */
export function daylight(atMs: number): number {
  const hour = (atMs / 3_600_000) % 24;
  return 0.575 + 0.425 * Math.cos(((hour - 15) / 24) * 2 * Math.PI);
}
