/** The step of a lease over random requests and clocks: one holder at a time, and a fence that only grows. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLease, type LeaseRequest } from "../engine/lease.ts";
import { type LeaseState, leaseStep } from "./lease.ts";

const ms = fc.oneof(
  fc.nat(50),
  fc.constantFrom(0, 1, 1_000),
  fc.nat(500).map((back) => -back),
);
/** Which of the fences granted so far is meant, counted from the last. */
const back = fc.nat(3);

const asked = fc.record({
  ms,
  verb: fc.constantFrom("take", "take", "renew", "renew", "look"),
  ttlMs: fc.integer({ min: 0, max: 40 }),
  after: fc.option(back, { nil: undefined }),
  back,
  note: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
});

it("one holder at a time, by a fence that only grows, whatever is asked and wherever the clock is set", () => {
  fc.assert(
    fc.property(fc.array(asked, { minLength: 5, maxLength: 60, size: "max" }), (steps) => {
      let state: LeaseState | undefined;
      let now = 1_000_000;
      const fences = [0];
      let ends = Number.NEGATIVE_INFINITY;
      let kept = "";
      for (const { ms: moved, verb, ttlMs, after, back: which, note } of steps) {
        now += moved;
        const held = ends > now;
        const last = fences.at(-1) as number;
        const fenceOf = (ago: number): number => fences.at(-1 - ago) ?? 0;
        const request = {
          name: "n",
          verb,
          ttlMs: verb === "take" ? ttlMs + 1 : ttlMs,
          ...(verb === "take"
            ? { after: after === undefined ? undefined : fenceOf(after) }
            : { fence: fenceOf(which) }),
          note,
        } as LeaseRequest;
        checkLease(request);
        const before = state;
        const decided = leaseStep(state, request, now);
        state = decided.state;
        const { granted, fence, leftMs } = decided.answer;
        const mayTake = after === undefined ? !held : fenceOf(after) === last;
        const expected = { look: true, take: mayTake, renew: held && fenceOf(which) === last }[verb as "look"];
        expect(granted).toBe(expected);
        if (!granted || verb === "look") {
          expect(state).toBe(before);
        } else {
          ends = now + (request as { readonly ttlMs: number }).ttlMs;
          kept = note ?? kept;
        }
        if (granted && verb === "take") {
          expect(fence).toBeGreaterThan(last);
          expect(fence).toBeGreaterThanOrEqual(now);
          fences.push(fence);
        }
        expect([fence, leftMs, decided.answer.note]).toEqual([fences.at(-1), Math.max(0, ends - now), kept]);
      }
    }),
    { numRuns: 300 },
  );
});

describe("a name that nobody took", () => {
  it("has no state after a look or a refusal", () => {
    expect(leaseStep(undefined, { name: "n", verb: "look" }, 5).state).toBeUndefined();
    expect(leaseStep(undefined, { name: "n", verb: "renew", fence: 0, ttlMs: 1 }, 5).state).toBeUndefined();
  });
});
