/** What one consume asks of each counter: charges of one counter are one question. */

import { type Bucket, bucketOf } from "./bucket.ts";
import { type Fraction, hundredthsOf } from "./fraction.ts";
import { counterOf, type RecordedCharge } from "./records.ts";

/** Stands for every charge of its counter in one consume. */
export interface Question {
  readonly counter: string;
  readonly mode: RecordedCharge["mode"];
  readonly bucket: Bucket;
  readonly cost: Fraction;
}

/** One question for each counter, costs summed; undefined when one of them is no plain charge of a token bucket. */
export function questionsOf(charges: readonly RecordedCharge[]): readonly Question[] | undefined {
  const questions = new Map<string, Question>();
  const sums = new Map<string, number>();
  for (const { policy, key, shard, cost, mode, minCost, maxDelayMs } of charges) {
    const counter = counterOf({ policy, key, shard });
    const bucket = bucketOf(policy);
    if (bucket === undefined || minCost !== undefined || maxDelayMs !== undefined) return undefined;
    const sum = (sums.get(counter) ?? 0) + cost;
    sums.set(counter, sum);
    questions.set(counter, { counter, mode, bucket, cost: hundredthsOf(sum) });
  }
  return [...questions.values()];
}
