/** What is above a limit, from a histogram: at least and at most, as tight as buckets with their sums allow. */

import { boundsOf } from "../recording/buckets.ts";

/** Keys of one bucket, over any number of minutes. */
export interface CountedBucket {
  readonly bucket: number;
  readonly keys: number;
  /** What they asked for together, in hundredths of a unit. */
  readonly hundredths: number;
  /** The sum over the minutes of what is above if all keys of the minute asked for the same, in hundredths. */
  readonly leastAbove: number;
}

/** In units, and keys. */
export interface Above {
  readonly asked: number;
  readonly atLeast: number;
  readonly atMost: number;
  /** Keys above the limit, counted in each minute anew, at most. */
  readonly keys: number;
}

/**
 * Units above a limit, by minute and key.
 *
 * What is above grows ever faster with what a key asks for: it is convex. So keys of one bucket have least above the limit
 * when all ask for the same, and most when each asks for the bucket's least or its most.
 */
export function aboveLimit(buckets: Iterable<CountedBucket>, limitHundredths: number): Above {
  let [asked, atLeast, atMost, keys] = [0, 0, 0, 0];
  for (const { bucket, keys: count, hundredths, leastAbove } of buckets) {
    const [least, most] = boundsOf(bucket);
    asked += hundredths;
    if (most <= limitHundredths) continue;
    if (least >= limitHundredths) {
      atLeast += hundredths - count * limitHundredths;
      atMost += hundredths - count * limitHundredths;
      keys += least > limitHundredths ? count : Math.min(count, hundredths - count * least);
      continue;
    }
    const spread = hundredths - count * least;
    atLeast += leastAbove;
    atMost += (spread * (most - limitHundredths)) / (most - least);
    keys += Math.min(count, Math.floor(spread / (limitHundredths + 1 - least)));
  }
  return { asked: asked / 100, atLeast: atLeast / 100, atMost: Math.max(atLeast, atMost) / 100, keys };
}
