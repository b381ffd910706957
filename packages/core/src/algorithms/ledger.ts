/** Decisions over a table of counters that answers at once: what SQLite and the Durable Object have in common. */

import type { Charge, Identity, Outcome } from "../engine/charge.ts";
import type { Policy } from "../engine/policy.ts";
import type { Due } from "../engine/settle-once.ts";
import { blocked } from "./block.ts";
import { type State, stepsOf } from "./compile.ts";
import { type Cell, decide, decideOne, isSimple } from "./decide.ts";
import type { Steps } from "./steps.ts";
import { numbersOf, stateOf } from "./stored.ts";

/** Rows of numbers by name. Whoever calls a ledger keeps it in one transaction. */
export interface Table {
  /** The numbers last written under this name, or undefined. */
  read(name: string): readonly number[] | undefined;
  /** From `idleAt` on the row says no more than an absent one, and may be dropped. */
  write(name: string, numbers: readonly number[], idleAt: number): void;
  remove(name: string): void;
}

/** Decides, settles and resets by what stands in a table. */
export interface Ledger {
  /** Decides charges of distinct counters; writes only states that changed. */
  consume(charges: readonly Charge[], now: number): Outcome;
  /** `isToldTwice` says of a receipt whether its instant is from a stretch of time that was told more than once. */
  settle(due: readonly Due[], now: number, isToldTwice: (receipt: number) => boolean): void;
  reset(identity: Identity): void;
  /** Blocks the counter of a token bucket. */
  block(identity: Identity, forMs: number, now: number, shorten?: boolean): void;
}

/** A ledger over a table; `nameOf` gives each counter a name of its own. */
export function ledger(table: Table, nameOf: (identity: Identity) => string): Ledger {
  const compiled = new WeakMap<Policy, Steps<State>>();

  const stepsFor = (policy: Policy): Steps<State> => {
    const steps = compiled.get(policy) ?? stepsOf(policy);
    compiled.set(policy, steps);
    return steps;
  };

  const write = (name: string, steps: Steps<State>, state: State): void => {
    table.write(name, numbersOf(steps, state), steps.idleAt(state));
  };

  const cell: Cell = { state: { used: 0, end: 0 } };
  /** What most requests ask, without a list for every part of it. */
  const consumeOne = (charge: Charge, now: number): Outcome => {
    const [name, steps] = [nameOf(charge), stepsFor(charge.policy)];
    const before = stateOf(steps, table.read(name));
    cell.state = before;
    const outcome = decideOne(charge, steps, cell, now);
    if (cell.state !== before) write(name, steps, cell.state);
    return outcome;
  };

  return {
    consume(charges, now) {
      const [only] = charges;
      if (only !== undefined && charges.length === 1 && isSimple(only)) return consumeOne(only, now);
      const names = charges.map(nameOf);
      const steps = charges.map(({ policy }) => stepsFor(policy));
      const before = steps.map((each, i) => stateOf(each, table.read(names[i] as string)));
      const states = [...before];
      const outcome = decide(charges, steps, states, now);
      for (const [i, state] of states.entries()) {
        if (state !== before[i]) write(names[i] as string, steps[i] as Steps<State>, state);
      }
      return outcome;
    },

    settle(due, now, isToldTwice) {
      for (const { decision, booked, final } of due) {
        const { receipt = now } = decision;
        if (final < booked && isToldTwice(receipt)) continue;
        const [name, steps] = [nameOf(decision), stepsFor(decision.policy)];
        const state = steps.observe(stateOf(steps, table.read(name)), now);
        write(name, steps, steps.settle(state, receipt, booked, final, now));
      }
    },

    reset(identity) {
      table.remove(nameOf(identity));
    },

    block(identity, forMs, now, shorten) {
      const [name, steps] = [nameOf(identity), stepsFor(identity.policy)];
      write(name, steps, blocked(steps, stateOf(steps, table.read(name)), forMs, now, shorten));
    },
  };
}
