/** What a limit would have denied, in words: each case is an estimate and its sentence. */

import { perHour, perMinute } from "@sluice/core";
import { describe, expect, it } from "vitest";
import type { WhatIf } from "../admin/what-if.ts";
import type { PlanLimit } from "../plans/limits.ts";
import { recordedWords, whatIfWords } from "./plans-what-if.ts";

const limit: PlanLimit = {
  label: "API requests",
  policy: "api",
  unit: "requests per minute",
  rate: (units) => perMinute(units),
  counter: (userId) => ({ key: userId }),
  userOf: (key) => key,
};

const estimate: WhatIf = {
  asked: 8_400,
  deniedAtLeast: 120,
  deniedAtMost: 134,
  denied: 127,
  deniedThen: 3,
  keyMinutes: 31,
  minutes: 1_440,
  ofMinutes: 1_440,
};

const burst = "counted by minute, so a full bucket would have let a burst pass on top";

describe("the words of an estimate", () => {
  it.each<[Partial<WhatIf>, string]>([
    [
      {},
      `between 120 and 134 of 8,400 requests (1.4–1.6 %), in at most 31 user-minutes (one user’s minute each); ${burst}`,
    ],
    [
      { deniedAtMost: 120 },
      `120 of 8,400 requests (1.4 %), in at most 31 user-minutes (one user’s minute each); ${burst}`,
    ],
    [
      { deniedAtLeast: 0, deniedAtMost: 0.3, keyMinutes: 1 },
      `between 0 and 1 of 8,400 requests (0.0–<0.1 %), in at most 1 user-minute (one user’s minute each); ${burst}`,
    ],
    [{ deniedAtLeast: 0, deniedAtMost: 0, keyMinutes: 0 }, "none of 8,400 requests"],
    [{ asked: 0 }, "nothing: no request of this plan’s users was recorded"],
  ])("of %j", (more, words) => {
    expect(whatIfWords(limit, 60, { ...estimate, ...more })).toBe(words);
  });

  it("say nothing of bursts where none can pass: no bucket, or no limit", () => {
    const window = { ...limit, rate: (units: number) => perHour(units, { algorithm: "fixed-window" }) };
    expect(whatIfWords(window, 60, estimate)).toMatch(/counted by minute$/);
    expect(whatIfWords(limit, 0, estimate)).toMatch(/counted by minute$/);
  });

  it("tell how much was recorded, unless all was", () => {
    expect(recordedWords(estimate)).toBeUndefined();
    expect(recordedWords({ ...estimate, minutes: 90 })).toBe(
      "90 of 1,440 minutes have a record; the others count as quiet.",
    );
  });
});
