/** One call of the script for any groups: its keys and arguments, and what the reply says to each group. */

import type { State } from "../algorithms/compile.ts";
import { type Cell, decide, decideOne, grained, isPlain } from "../algorithms/decide.ts";
import type { Steps } from "../algorithms/steps.ts";
import { stateOf } from "../algorithms/stored.ts";
import { BackendError } from "../engine/backend-error.ts";
import type { Charge, Outcome } from "../engine/charge.ts";
import type { Consumption, Counter, Group } from "./scripted-groups.ts";
import type { BoundPolicy } from "./scripted-policy.ts";
import { isToldTwice, type SeenTime } from "./scripted-time.ts";

/** A call, ready to be sent, and the way to read its reply. */
export interface Call {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** The instant of the reply, and of each group what came of it, if anything can; an error is what its caller gets. */
  hear(reply: unknown): { readonly now: number; readonly results: readonly (Outcome | Error | undefined)[] };
}

/** The verdict on what can never fit: no wait is as long, and clients still read it to the last digit. */
const never = -(2 ** 52);

const modes = { charge: 0, peek: 1, shadow: 2 } as const;

/** A call for any groups. `now` is the server's time by our clock, which calendars need; `seen` what is known of its. */
export function callFor(backend: string, groups: readonly Group[], now: number, seen: SeenTime): Call {
  const keys = new Map<string, number>();
  const policies = new Map<BoundPolicy, number>();
  const asked = groups.flatMap((group) => question(group, keys, policies, seen));
  const numbers = [policies.size, ...[...policies.keys()].flatMap((bound) => bound.numbers(now)), ...asked];
  const names = [...keys.keys()];

  return {
    keys: names,
    args: ["*", ...numbers.map(String)],
    hear(reply) {
      const { instant, verdicts, stored } = parsed(backend, reply, groups.length, names.length);
      const states = new Map<string, State>();
      const stateFor = ({ bound, name }: Counter): State =>
        states.get(name) ?? stateIn(stored[(keys.get(name) as number) - 1], bound.steps);
      const results = groups.map((group, i) =>
        done(backend, group, instant, verdicts[i] as number, seen, states, stateFor),
      );
      return { now: instant, results };
    },
  };
}

/** What the script reads of a group; see lua/deciding.lua. */
function question(
  group: Group,
  keys: Map<string, number>,
  policies: Map<BoundPolicy, number>,
  { from, to, last }: SeenTime,
): number[] {
  const places = group.counters.map(({ bound, name }) => [numbered(policies, bound), numbered(keys, name)] as const);
  if ("charges" in group) {
    const { charges, least, delay, counters } = group;
    const each = charges.flatMap(({ mode = "charge", minCost, cost }, i) => {
      const [[policy, key], units] = [places[i] as readonly [number, number], least[i] as number];
      const most = minCost === undefined ? units : grained(cost, (counters[i] as Counter).bound.steps);
      return most === units && mode === "charge" ? [policy, key, units] : [-policy, key, units, most, modes[mode]];
    });
    return [charges.length, delay, ...each];
  }
  const [place] = places as [readonly [number, number]];
  if ("forMs" in group) return [-3, 0, ...place, group.forMs, Number(group.shorten)];
  if (!("due" in group)) return [-2, 0, ...place];
  const { decision, booked, final } = group.due;
  // Only what is given back needs a receipt, and what was booked has one.
  return [-1, 0, ...place, decision.receipt ?? 0, booked, final, from, to, last];
}

function numbered<K>(numbers: Map<K, number>, one: K): number {
  const found = numbers.get(one) ?? numbers.size + 1;
  numbers.set(one, found);
  return found;
}

/** Does here with the states what the script has done with them. */
function done(
  backend: string,
  group: Group,
  now: number,
  verdict: number,
  seen: SeenTime,
  states: Map<string, State>,
  stateFor: (counter: Counter) => State,
): Outcome | Error | undefined {
  if ("charges" in group) {
    const own = group.counters.map(stateFor);
    const outcome = decided(group, own, now);
    for (const [i, { name }] of group.counters.entries()) states.set(name, own[i] as State);
    return agreed(backend, outcome, verdict);
  }
  const [counter] = group.counters;
  const { steps } = counter.bound;
  if ("forMs" in group) {
    const state = steps.observe(stateFor(counter), now);
    states.set(counter.name, steps.block?.(state, group.forMs, now, group.shorten) ?? state);
    return undefined;
  }
  if (!("due" in group)) {
    states.set(counter.name, steps.empty);
    return undefined;
  }
  const { decision, booked, final } = group.due;
  const { receipt = 0 } = decision;
  if (final < booked && isToldTwice(seen, now, receipt)) return undefined;
  const state = steps.observe(stateFor(counter), now);
  states.set(counter.name, steps.settle(state, receipt, booked, final, now));
  return undefined;
}

/** What the steps say, given the states; these become what follows. */
export function decided({ charges, counters }: Consumption, states: State[], now: number): Outcome {
  const [charge, other] = charges;
  if (other === undefined && isPlain(charge as Charge)) {
    const cell: Cell = { state: states[0] as State };
    const outcome = decideOne(charge as Charge, (counters[0] as Counter).bound.steps, cell, now);
    states[0] = cell.state;
    return outcome;
  }
  const steps = counters.map(({ bound }) => bound.steps);
  return decide(charges, steps, states, now);
}

/** The outcome, if the script came to it, too. */
export function agreed(backend: string, outcome: Outcome, verdict: number): Outcome | Error {
  const { allowed, delayMs = 0, retryAfterMs = -never } = outcome;
  if (verdict === (allowed ? delayMs : -retryAfterMs)) return outcome;
  const problem = "decided otherwise than this version of Sluice; was its script changed?";
  return new BackendError("SLUICE_BACKEND_ANSWER", backend, problem);
}

/**
 * The instant, the verdicts and what is stored.
 *
 * @throws BackendError `SLUICE_BACKEND_ANSWER` for a reply that no script of ours gives.
 */
export function parsed(
  backend: string,
  reply: unknown,
  groups: number,
  keys: number,
): { readonly instant: number; readonly verdicts: readonly number[]; readonly stored: readonly unknown[] } {
  if (Array.isArray(reply) && reply.length === 1 + groups + keys) {
    const [instant, ...verdicts] = reply.slice(0, 1 + groups).map(Number) as [number];
    if ([instant, ...verdicts].every(Number.isSafeInteger))
      return { instant, verdicts, stored: reply.slice(1 + groups) };
  }
  throw new BackendError("SLUICE_BACKEND_ANSWER", backend, "answered with something that is no decision");
}

/** The state that was stored; trailing zeros may have been left out. */
export function stateIn(stored: unknown, steps: Steps<State>): State {
  const numbers = numbersIn(stored);
  if (numbers === undefined) return steps.empty;
  while (steps.row && numbers.length < steps.row.width) numbers.push(0);
  return stateOf(steps, numbers);
}

const colon = 58;
const zero = 48;

/** Whole numbers between colons, without a string for each. */
export function numbersIn(stored: unknown): number[] | undefined {
  if (stored === null || stored === undefined) return undefined;
  const text = String(stored);
  const numbers: number[] = [];
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === colon) {
      numbers.push(number);
      number = 0;
    } else {
      // The digit by itself first: ten times the number and its code would leave the safe integers sooner.
      number = number * 10 + (code - zero);
    }
  }
  numbers.push(number);
  return numbers;
}
