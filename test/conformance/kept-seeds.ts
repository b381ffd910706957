/** Seeds of random histories that every run takes: the first twenty, and all that have ever failed. */

export const keptSeeds: readonly number[] = [
  ...Array.from({ length: 20 }, (_, i) => i + 1),
  1_026,
  5_332,
  1_001_350_775,
  1_356_990_278,
  2_147_483_638,
  1_781_541_999,
];
