import type { Backend } from "@sluice/core/engine";
import { type Algorithm, ConformanceError, type FakeClock, fakeClock, histories } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { failures } from "./failures.ts";
import * as wrong from "./wrong-backends.ts";

/** Which cases must notice a wrong backend: these and no others, or with `amongOthers` at least these. */
interface Verdict {
  readonly under?: Algorithm;
  readonly cases: readonly string[];
  readonly amongOthers?: true;
}

const verdicts: Readonly<Record<keyof typeof wrong, Verdict>> = {
  racy: {
    cases: [
      "decides many groups in one trip, each all or nothing",
      "never admits more than the limit under concurrency",
      "never admits more than the limit under concurrency, with costs",
      "stays all or nothing under concurrency",
      "stays all or nothing under concurrency across shards",
      "decides many groups at once without admitting more than the limit",
    ],
  },
  forgets: {
    cases: [
      "counts any string as a key of its own",
      "counts any string as a shard of its own",
      "decides hostile keys together without mixing them up",
      "lets no crowd of other keys make a spent key fresh",
    ],
  },
  ignoresShards: {
    cases: [
      "decides charges of several shards in one step where it says so",
      "gives a charge back in its own shard and to its own key",
      "counts each policy name, algorithm, window, shard and key by itself",
      "never confuses a shard with the beginning of a key",
      "never confuses a policy's name with the beginning of a key",
      "counts any string as a shard of its own",
      "reset makes one counter whole, and no other",
    ],
  },
  joinsShardAndKey: { cases: ["never confuses a shard with the beginning of a key"] },
  joinsPolicyAndKey: { cases: ["never confuses a policy's name with the beginning of a key"] },
  encodesKeys: {
    cases: ["counts any string as a key of its own", "decides hostile keys together without mixing them up"],
  },
  truncatesKeys: { cases: ["counts any string as a key of its own"] },
  chargesDenials: {
    amongOthers: true,
    cases: [
      "admits used + cost up to the limit, and not a unit more",
      "books every charge or none",
      "charges nothing for a denial",
      "charges nothing for a heavy denial",
      "allows after exactly retryAfterMs, and not a millisecond earlier",
    ],
  },
  booksPartially: {
    cases: [
      "books every charge or none",
      "books every charge or none across shards, giving back what was booked",
      "waits for the longest of several denials",
      "decides many groups in one trip, each all or nothing",
      "stays all or nothing under concurrency",
      "stays all or nothing under concurrency across shards",
      "allows several charges after exactly the outcome's retryAfterMs",
    ],
  },
  forgetsOnPlanChange: {
    cases: [
      "refuses one identity with different numbers, and books nothing",
      "an upgrade leaves the difference",
      "a downgrade leaves nothing when as much was spent",
      "a downgrade and an upgrade give nothing away",
      "a downgrade forgives nothing, and its wait is exact",
      "60 of 60 spent and an upgrade to 180 leave 120",
      "reset knows a counter by its identity, whatever the limit",
    ],
  },
  repricesOnPlanChange: {
    cases: [
      "an upgrade leaves the difference",
      "a downgrade leaves nothing when as much was spent",
      "a downgrade and an upgrade give nothing away",
      "60 of 60 spent and an upgrade to 180 leave 120",
      "settles by what was charged, whatever the plan has become",
    ],
  },
  settlesTwice: {
    cases: [
      "settles each decision once",
      "settles each decision once, within one call and to whatever cost",
      "settles each decision once when asked at the same time",
    ],
  },
  settlesLate: {
    amongOthers: true,
    cases: [
      "a late settlement returns at most what time has not already returned",
      "settling into a closed window returns nothing",
      "a cancelled slot is free again, unless a later slot stands on it",
    ],
  },
  settlesDownOnly: {
    cases: [
      "settling to more debits the difference",
      "a read of cost 0 can be settled to what it cost in the end",
      "settling into debt makes the next wait longer, never shorter",
    ],
  },
  inventsRemaining: { cases: ["invents no numbers that it does not claim to know"] },
  tellsServedLimit: { cases: ["invents no numbers that it does not claim to know"] },
  waitsInSeconds: {
    cases: [
      "rounds a wait up to the whole millisecond, never down",
      "allows after exactly retryAfterMs, and not a millisecond earlier",
      "allows a heavy charge after exactly retryAfterMs",
      "allows a charge in hundredths after exactly retryAfterMs",
      "allows several charges after exactly the outcome's retryAfterMs",
    ],
  },
  waitsForTheFirst: {
    cases: ["waits for the longest of several denials", "gives no retryAfterMs when one of the denials can never fit"],
  },
  reportsOneDenial: {
    amongOthers: true,
    cases: ["reports every denial, and what would have fitted", "waits for the longest of several denials"],
  },
  trustsStepsBack: {
    cases: [
      "keeps slots as far ahead as they were when the clock steps back",
      "gives no quota away when the clock steps back",
      "makes nobody wait longer than a rest after a step back, and exactly as long as it says",
      "settles across a clock that steps back, and gives no more than was booked",
      "gives back the last slot, also where the clock stepped back before it was booked",
    ],
  },
  waitsForTheLatestTime: {
    cases: [
      "makes nobody wait longer than a rest after a step back, and exactly as long as it says",
      "takes nothing for good when the clock jumps ahead and returns",
    ],
  },
  ignoresTimeZones: {
    under: "calendar",
    cases: [
      "follows a day in Paris",
      "follows a day of 23 hours",
      "follows a day of 25 hours",
      "follows a day that begins at 01:00",
      "follows a day half an hour off",
      "begins no local day anew in its middle when the time zone changes",
      "counts what a day has had under another time zone",
      "counts what a day has had under another time zone, also after the end of the day there",
      "keeps spent units spent when the time zone changes",
    ],
  },
  enforcesShadows: {
    cases: [
      "refuses one identity with different numbers, and books nothing",
      "shadow never denies, and books what fits",
      "shadow beside charges neither denies them nor is booked without them",
    ],
  },
  booksPeeks: {
    cases: [
      "a denial or a peek cannot be settled to more, either",
      "peek answers as a charge would, and books nothing",
      "settling a denial or a peek changes nothing",
      "a peek with patience tells the slot and books nothing",
    ],
  },
  ignoresMinCost: {
    cases: [
      "minCost takes hundredths that are whole",
      "minCost takes what is there",
      "minCost takes nothing when the least does not fit",
      "minCost waits for the least, not for all",
    ],
  },
  overdraws: {
    cases: [
      "a denial or a peek cannot be settled to more, either",
      "gives no part of a promised slot to a lighter newcomer",
      "admits used + cost up to the limit, and not a unit more",
      "denies what can never fit, without a retryAfterMs",
      "never admits more than the limit under concurrency, with costs",
      "allows a heavy charge after exactly retryAfterMs",
      "charges nothing for a heavy denial",
      "60 of 60 spent and an upgrade to 180 leave 120",
    ],
  },
  countsRequests: {
    amongOthers: true,
    cases: [
      "admits used + cost up to the limit, and not a unit more",
      "counts hundredths, and rounds finer costs up",
      "sums charges of one identity",
    ],
  },
  keepsNoSlots: {
    cases: [
      "gives no part of a promised slot to a lighter newcomer",
      "keeps slots as far ahead as they were when the clock steps back",
      "books slots in the order of asking",
      "gives no promised slot to a newcomer",
      "books several charges in the earliest slot that fits all",
      "a cancelled slot is free again, unless a later slot stands on it",
      "admits no more in any window than its algorithm promises, slots included",
      "gives back the last slot, also where the clock stepped back before it was booked",
    ],
  },
  sharesTwins: { cases: ["gives each of summed charges its own part back"] },
  ignoresTwins: {
    cases: [
      "sums charges of one identity",
      "sums charges of one identity among others",
      "gives each of summed charges its own part back",
      "refuses one identity with different numbers, and books nothing",
    ],
  },
  sortsAnswers: {
    amongOthers: true,
    cases: ["answers each charge in its place", "answers each charge in its place across shards"],
  },
  reusesAnswers: {
    amongOthers: true,
    cases: ["changes no answer that was given", "never admits more than the limit under concurrency"],
  },
  claimsTooMuch: {
    amongOthers: true,
    cases: ["has its optional methods exactly where its features say so", "settling to 0 gives everything back"],
  },
};

/** Blocks and leases have wrong backends of their own, in wrong-holds.test.ts. */
function countsOnly(make: (clock: FakeClock) => Backend): (clock: FakeClock) => Backend {
  return (clock) => {
    const { block: _, lease: __, features, ...backend } = make(clock);
    return { ...backend, features: { ...features, block: false, lease: false } };
  };
}

describe("the cases notice a backend that", () => {
  for (const [name, make] of Object.entries(wrong)) {
    it(name, async () => {
      const { under = "token-bucket", cases, amongOthers } = verdicts[name as keyof typeof verdicts];
      const failed = await failures(countsOnly(make), under);
      if (amongOthers) expect(failed).toEqual(expect.arrayContaining([...cases]));
      else expect(failed.toSorted()).toEqual(cases.toSorted());
    });
  }
});

describe("random histories", () => {
  it("notice a backend that is wrong now and then, and tell the shortest way there", async () => {
    const clock = fakeClock();
    const subject = { make: () => wrong.settlesLate(clock), clock, algorithms: ["fixed-window"] as const };
    const [first] = await histories(subject);
    const error = await first?.run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConformanceError);
    const { message } = error as ConformanceError;
    expect(message).toMatch(/^memory, fixed-window, seed \d+: decides otherwise than the pure steps \(promise 4\)/);
    expect(message).toMatch(/\n {2}got {6}.+\n {2}expected .+$/);
    expect(message.split("\n").length).toBeLessThan(20);
  });
});
