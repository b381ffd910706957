/** What services really send: an upstream on loopback, in every form that it knows. */

import { startUpstream, type Tells } from "@sluice/test-services/upstream";
import { describe, expect, it } from "vitest";
import { adviceOf } from "./advice-of.ts";

const start = Date.UTC(2027, 4, 12, 9, 30);

describe("an upstream's headers", () => {
  const forms: readonly Tells[] = [
    "retry-after",
    "retry-after-date",
    "draft-6",
    "draft-7",
    "draft-11",
    "x-epoch",
    "x-delta",
  ];
  it.each(forms)("in the form %s hold who obeys back until it is his turn, and hardly longer", async (form) => {
    let now = start + 321;
    const time = { now: () => now, sleep: async () => {} };
    // A clock that is an hour fast tells instants by itself.
    const upstream = await startUpstream({
      time,
      tells: [form],
      dateSkewMs: 3_600_000,
      limits: [{ limit: 2, windowMs: 20_000 }],
    });
    try {
      await (await fetch(upstream.url)).text();
      now += 1_234;
      await (await fetch(upstream.url)).text();
      for (let refused = 0; refused < 3; refused++) {
        now += 1_500;
        const answer = await fetch(upstream.url);
        await answer.text();
        const { waitMs = 0, waitBy } = adviceOf(answer.headers, now, answer.status);
        expect(waitBy).toBe(
          form.startsWith("retry") ? "retry-after" : form.startsWith("x") ? "x-ratelimit" : "ratelimit",
        );
        const truth = start + 321 + 20_000 - now;
        expect(waitMs).toBeGreaterThanOrEqual(truth);
        // Seconds are rounded up, and so is a Date.
        expect(waitMs).toBeLessThan(truth + 2_000);
      }
      const { waitMs = 0 } = adviceOf((await fetch(upstream.url)).headers, now, 429);
      now += waitMs;
      expect((await fetch(upstream.url)).status).toBe(200);
    } finally {
      await upstream.stop();
    }
  });

  it("announce its limits", async () => {
    const limits = [
      { limit: 60, windowMs: 60_000 },
      { limit: 1_000, windowMs: 3_600_000 },
    ];
    for (const form of ["draft-6", "draft-7", "draft-11"] as const) {
      const upstream = await startUpstream({ tells: [form], limits });
      try {
        const { headers } = await fetch(upstream.url);
        const { remaining, remainingForMs, announced } = adviceOf(headers, Date.now(), 200);
        expect({ remaining, remainingForMs, announced }).toEqual({
          remaining: 59,
          remainingForMs: 60_000,
          announced: limits,
        });
      } finally {
        await upstream.stop();
      }
    }
  });
});
