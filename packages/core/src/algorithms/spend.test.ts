import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Charge, Outcome } from "../engine/charge.ts";
import { policy, type Rate } from "../engine/policy.ts";
import { type State, stepsOf } from "./compile.ts";
import { counters } from "./counters.ts";
import { acceptedDelay, decide, decideOne, leastUnits, outcomeOf } from "./decide.ts";
import type { Spent, Steps } from "./steps.ts";

const start = Date.UTC(2027, 4, 12);
const key = "k";

/** A counter that spends in place, as memory() has it. */
function inPlace(steps: Steps<State>) {
  const table = counters(10);
  table.serve(steps);
  const spent: Spent = { wait: 0, remaining: 0, resetAfterMs: 0, windowAfterMs: 0 };
  return {
    consume(charge: Charge, now: number): Outcome {
      if (table.row(key) === undefined) table.write(undefined, key, steps.empty, now);
      const units = leastUnits(charge, steps);
      const delay = acceptedDelay(charge, steps);
      table.spend(table.row(key) ?? 0, steps, units, delay, now, spent);
      return outcomeOf(charge, units, delay, spent.wait, now + spent.wait, spent);
    },
    state: (): State => table.state(table.row(key), key, steps),
    change: (to: (state: State) => State, now: number) =>
      table.write(table.row(key), key, to(table.state(table.row(key), key, steps)), now),
  };
}

/** The same by the pure steps. */
function pure(steps: Steps<State>) {
  let state = steps.empty;
  return {
    consume(charge: Charge, now: number): Outcome {
      const own = [state];
      const cell = { state };
      const outcome = decide([charge], [steps], own, now);
      expect(decideOne(charge, steps, cell, now)).toEqual(outcome);
      expect(cell.state).toEqual(own[0]);
      state = own[0] as State;
      return outcome;
    },
    state: (): State => state,
    change(to: (state: State) => State) {
      state = to(state);
    },
  };
}

const rates: readonly Rate[] = [0, 1, 2, 7, 60].flatMap((limit) =>
  [97, 1_000].flatMap((windowMs): Rate[] => [
    { algorithm: "sliding-log", limit, windowMs },
    { algorithm: "token-bucket", limit, windowMs },
    { algorithm: "token-bucket", limit, windowMs, burst: 2 * limit + 1 },
    ...(limit > 1 ? [{ algorithm: "token-bucket", limit, windowMs, burst: 1, strict: true } as const] : []),
  ]),
);

describe("a charge that is spent where its state is kept", () => {
  it.each(rates)("is decided as the pure steps decide it: %j", (rate) => {
    const own = policy("p", rate);
    const steps = stepsOf(own);
    const cost =
      rate.algorithm === "sliding-log" ? fc.constantFrom(0, 1, 1, 1, 2, 7, 8) : fc.constantFrom(0, 0.1, 1, 1, 2.5, 8);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          cost,
          maxDelayMs: fc.constantFrom(undefined, undefined, 1, 50, 900, 10_000, Number.MAX_SAFE_INTEGER),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ ms: fc.constantFrom(0, 1, 5, 48, 97, 400, 1_000, 60_000, -1, -30, -2_000) }),
      },
      { weight: 2, arbitrary: fc.record({ settle: fc.nat({ max: 4 }), final: fc.constantFrom(0, 0, 1, 9, 9e13) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (history) => {
        const [tested, twin] = [inPlace(steps), pure(steps)];
        const receipts: (readonly [receipt: number, booked: number])[] = [];
        let now = start;
        for (const one of history) {
          if ("ms" in one) now += one.ms;
          else if ("settle" in one) {
            const [receipt, booked] = receipts.at(-1 - one.settle) ?? [];
            if (receipt === undefined || booked === undefined) continue;
            const to = (state: State) => steps.settle(steps.observe(state, now), receipt, booked, one.final * 100, now);
            tested.change(to, now);
            twin.change(to);
          } else {
            const charge: Charge = { policy: own, key, ...one };
            const outcome = tested.consume(charge, now);
            expect(outcome).toEqual(twin.consume(charge, now));
            // A log may still have stamps that mean nothing.
            if (steps.row) expect(tested.state()).toEqual(twin.state());
            const [{ receipt, charged = 0 } = {}] = outcome.decisions;
            if (receipt !== undefined) receipts.push([receipt, charged * 100]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("keeps no more than the stamps that mean something, and as many again", () => {
    const own = policy("p", { algorithm: "sliding-log", limit: 50, windowMs: 1_000 });
    const steps = stepsOf(own);
    const tested = inPlace(steps);
    for (let i = 0; i < 10_000; i++) tested.consume({ policy: own, key, cost: 1 }, start + 7 * i);
    tested.change((state) => {
      expect("stamps" in state && state.stamps.length).toBeLessThanOrEqual(2 * 50 + 1);
      return state;
    }, start);
  });
});
