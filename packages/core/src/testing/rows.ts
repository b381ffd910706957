/** Plays tables of steps: each row says when, what was asked, and what the answer was. */

import { type State, stepsOf } from "../algorithms/compile.ts";
import { decide } from "../algorithms/decide.ts";
import { type Charge, type Decision, hundredths } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";

/** A cost, a charge in detail (with a policy after a change of plan), or what an earlier row finally cost. */
export type Ask =
  | number
  | (Partial<Pick<Charge, "cost" | "mode" | "minCost" | "maxDelayMs">> & { readonly plan?: Policy })
  | { readonly settle: number; readonly to: number };

/**
 * `[at, asked, allowed, remaining, wait]`. The wait is `retryAfterMs` of a denial (absent when it can never fit), or
 * `delayMs` of an allowed charge that got a slot. A settlement is always allowed and has none.
 */
export type Row = readonly [at: number, asked: Ask, allowed: boolean, remaining: number, wait?: number];

/** The rows as the steps of the policy answer them, to be compared with the rows as written. */
export function played(policy: Policy, rows: readonly Row[]): readonly Row[] {
  let state: State = stepsOf(policy).empty;
  const decisions: Decision[] = [];
  return rows.map(([at, asked]) => {
    if (typeof asked === "object" && "settle" in asked) {
      const { policy: decided, receipt = at, charged } = decisions[asked.settle] as Decision;
      const steps = stepsOf(decided);
      state = steps.settle(steps.observe(state, at), receipt, hundredths(charged), hundredths(asked.to), at);
      decisions.push(decisions[asked.settle] as Decision);
      return [at, asked, true, rounded(steps.read(state, at).remaining)];
    }
    const { plan = policy, ...details } = typeof asked === "number" ? { cost: asked } : asked;
    const states = [state];
    const outcome = decide([{ policy: plan, key: "k", cost: 1, ...details }], [stepsOf(plan)], states, at);
    const decision = outcome.decisions[0] as Decision;
    state = states[0] as State;
    decisions.push(decision);
    const row: Row = [at, asked, decision.allowed, rounded(decision.remaining as number)];
    const wait = outcome.delayMs ?? decision.retryAfterMs;
    return wait === undefined ? row : ([...row.slice(0, 4), wait] as unknown as Row);
  });
}

/** Without the last bits of a division. */
function rounded(units: number): number {
  return Math.round(units * 1e9) / 1e9;
}
