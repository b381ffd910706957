import { describe, expect, it } from "vitest";
import { failures } from "./failures.ts";
import * as blocks from "./wrong-blocks.ts";
import * as leases from "./wrong-leases.ts";

/** Which cases must notice a wrong backend: these and no others. */
const verdicts: Readonly<Record<keyof typeof blocks | keyof typeof leases, readonly string[]>> = {
  sumsBlocks: [
    "of two blocks the later end holds",
    "of many blocks at once the latest end holds",
    "a block may shorten one that is there, where it says so",
    "a block stands behind slots that were booked ahead, or they behind it",
    "a block lasts as long as it was told when the clock steps back",
    "refuses a block for a time that is none, or that the bucket cannot hold",
  ],
  keepsTheLastBlock: [
    "of two blocks the later end holds",
    "of many blocks at once the latest end holds",
    "a block may shorten one that is there, where it says so",
    "a block of 0 empties the bucket, and ends no block",
    "a block stands behind slots that were booked ahead, or they behind it",
  ],
  shortensNoBlock: [
    "a block may shorten one that is there, where it says so",
    "a bucket whose unit is a millisecond is a gate: shut while blocked, then it tells since when it is open",
  ],
  blocksForSeconds: [
    "a block tells every cost its exact wait",
    "refuses a block for a time that is none, or that the bucket cannot hold",
  ],
  blocksEveryShard: ["a block is one counter's, and no other's"],
  blocksForAnyTime: ["refuses a block for a time that is none, or that the bucket cannot hold"],
  blocksRacily: [
    "of many blocks at once the latest end holds",
    "a block stands behind slots that were booked ahead, or they behind it",
  ],
  blocksBesideTheCounts: [
    "a block denies everything until exactly its end, and then the bucket is empty",
    "a block tells every cost its exact wait",
    "a blocked bucket reads as empty until its end",
    "of two blocks the later end holds",
    "of many blocks at once the latest end holds",
    "a block may shorten one that is there, where it says so",
    "a block of 0 empties the bucket, and ends no block",
    "a block stands behind slots that were booked ahead, or they behind it",
    "a patient peek is told its slot after a block",
    "a bucket whose unit is a millisecond is a gate: shut while blocked, then it tells since when it is open",
    "a block lasts as long as it was told when the clock steps back",
  ],
  liftsNoBlock: ["reset lifts a block, and fills the bucket"],
  peeksPastBlocks: [
    "a patient peek is told its slot after a block",
    "a bucket whose unit is a millisecond is a gate: shut while blocked, then it tells since when it is open",
  ],
  forgetsFences: [
    "a name has one holder, until exactly the end of its time",
    "a fence grows with every take, after a release and after an end as well",
    "a release ends a lease at once, and once",
    "of many takes at once exactly one is granted",
    "a clock that is set gives no fence twice",
    "whoever comes back to a name that nobody has taken for long is not its holder",
  ],
  mintsInstants: [
    "a fence grows with every take, after a release and after an end as well",
    "a release ends a lease at once, and once",
    "a take after a fence is granted while that is the last, held or not",
    "of many takes at once exactly one is granted",
    "a clock that is set gives no fence twice",
  ],
  countsFromOne: ["a fence grows with every take, after a release and after an end as well"],
  renewsForAnybody: [
    "a lease is renewed by the holder of its fence alone",
    "a release ends a lease at once, and once",
    "a take after a fence is granted while that is the last, held or not",
    "a note is kept after the end, and as it was where none is given",
    "whoever comes back to a name that nobody has taken for long is not its holder",
  ],
  renewsTooLate: [
    "a lease is renewed by the holder of its fence alone",
    "a release ends a lease at once, and once",
    "whoever comes back to a name that nobody has taken for long is not its holder",
  ],
  takesWhatIsHeld: [
    "a name has one holder, until exactly the end of its time",
    "a take after a fence is granted while that is the last, held or not",
    "a note is kept after the end, and as it was where none is given",
    "a look changes nothing",
    "a lease and a counter of one name are two things",
    "of many takes at once exactly one is granted",
    "a clock that is set gives no fence twice",
  ],
  takesTooEarly: ["a name has one holder, until exactly the end of its time"],
  ignoresAfter: [
    "a take after a fence is granted while that is the last, held or not",
    "of many takes at once exactly one is granted",
  ],
  replacesNobody: [
    "a take after a fence is granted while that is the last, held or not",
    "of many takes at once exactly one is granted",
  ],
  dropsNotes: [
    "a note is kept after the end, and as it was where none is given",
    "whoever comes back to a name that nobody has taken for long is not its holder",
  ],
  emptiesNotes: ["a note is kept after the end, and as it was where none is given"],
  keepsEmptiedNotes: ["a note is kept after the end, and as it was where none is given"],
  mintsLooks: [
    "a name has one holder, until exactly the end of its time",
    "a lease is renewed by the holder of its fence alone",
    "a look changes nothing",
    "any string is a name of its own",
    "of many takes at once exactly one is granted",
    "whoever comes back to a name that nobody has taken for long is not its holder",
  ],
  holdsForSeconds: [
    "a name has one holder, until exactly the end of its time",
    "a fence grows with every take, after a release and after an end as well",
    "a lease is renewed by the holder of its fence alone",
  ],
  takesRacily: ["of many takes at once exactly one is granted"],
  truncatesNames: ["any string is a name of its own"],
  encodesNames: ["any string is a name of its own"],
  resetsLeases: ["a lease and a counter of one name are two things"],
  checksNothing: ["refuses a request that makes no sense"],
};

describe("the cases notice a backend that", () => {
  for (const [name, make] of Object.entries({ ...blocks, ...leases })) {
    it(name, async () => {
      const failed = await failures(make, "token-bucket");
      expect(failed.toSorted()).toEqual(verdicts[name as keyof typeof verdicts].toSorted());
    });
  }
});
