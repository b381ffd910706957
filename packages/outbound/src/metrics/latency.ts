/** Latencies in buckets of powers of two: cheap to count, and near enough to tell 40 ms from 80. */

/** Up to 2^0, 2^1, … 2^15 ms, and longer. */
const buckets = 17;

export const noLatencies = (): number[] => new Array<number>(buckets).fill(0);

/** The bucket of an answer that took so long. */
export function bucketOf(latencyMs: number): number {
  if (!(latencyMs > 1)) return 0;
  return latencyMs > 32_768 ? buckets - 1 : 32 - Math.clz32(Math.ceil(latencyMs) - 1);
}

/**
 * So many milliseconds, a power of two, were enough for this share of the answers: 0.5 for the median, 0.95 for the slow ones.
 * 65,536 stands for whatever took longer than 32,768; undefined where there was no answer.
 */
export function latencyWithin(latencies: readonly number[], share: number): number | undefined {
  const answers = latencies.reduce((sum, count) => sum + count, 0);
  if (answers === 0) return undefined;
  let within = 0;
  for (const [bucket, count] of latencies.entries()) {
    within += count;
    if (count > 0 && within >= share * answers) return 2 ** bucket;
  }
  return 2 ** (latencies.length - 1);
}
