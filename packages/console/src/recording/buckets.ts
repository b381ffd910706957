/** Buckets of a histogram: how many units a key asked for in a minute, exact to 8, then each a fifth wider than the one before. */

/** Up to so many units each has a bucket of its own. */
const exactUnits = 8;
/** Four buckets double the number of units. */
const perDoubling = 4;

/** The greatest number of hundredths in each bucket: `most[1]` is 100; bucket 0 is empty. */
const most: readonly number[] = bounds();

/** The bucket of so many hundredths of a unit: 0 for none, at least 1 for a part of one. */
export function bucketOf(hundredths: number): number {
  if (hundredths <= 0) return 0;
  if (hundredths <= exactUnits * 100) return Math.ceil(hundredths / 100);
  // The logarithm is rounded; the table is not.
  let bucket = exactUnits + Math.ceil(perDoubling * Math.log2(hundredths / (exactUnits * 100)));
  if (hundredths <= mostOf(bucket - 1)) bucket--;
  return hundredths > mostOf(bucket) ? bucket + 1 : bucket;
}

/** What is in a bucket, in hundredths of a unit: at least, and at most. */
export function boundsOf(bucket: number): readonly [number, number] {
  return bucket <= 0 ? [0, 0] : [mostOf(bucket - 1) + 1, mostOf(bucket)];
}

function mostOf(bucket: number): number {
  return most[bucket] ?? Number.POSITIVE_INFINITY;
}

function bounds(): number[] {
  const table = [0];
  for (let units = 1; units <= exactUnits; units++) table.push(units * 100);
  for (let bucket = exactUnits + 1; ; bucket++) {
    const bound = Math.floor(exactUnits * 100 * 2 ** ((bucket - exactUnits) / perDoubling));
    if (bound > Number.MAX_SAFE_INTEGER) return table;
    table.push(bound);
  }
}
