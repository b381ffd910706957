/** What is asked of a backend and what it answers: charges in, decisions out. */

import { ConfigError } from "./errors.ts";
import type { Policy } from "./policy.ts";

/** Names one counter. Charges of equal shard, or without one of equal key, are decided in one atomic step. */
export interface Identity {
  readonly policy: Policy;
  /** Whose quota. Any string of any length; data, never syntax. */
  readonly key: string;
  /** Where the counter lives; part of its identity. */
  readonly shard?: string | undefined;
}

/** One question: may `cost` units be spent now? */
export interface Charge extends Identity {
  /** Units, rounded up to a hundredth. 0 reads `remaining` and is always allowed. */
  readonly cost: number;
  /**
   * `charge` books what fits. `peek` decides and books nothing. `shadow` books if it fits and never denies.
   * @default "charge"
   */
  readonly mode?: "charge" | "peek" | "shadow" | undefined;
  /** Take what is there, up to `cost`, but at least this. */
  readonly minCost?: number | undefined;
  /** Accept a slot at most this many milliseconds ahead (token-bucket and sliding-log). */
  readonly maxDelayMs?: number | undefined;
}

/** The answer to one charge. A number the backend cannot know is absent: never invented, never rounded. */
export interface Decision extends Identity {
  readonly cost: number;
  /** This charge fits. */
  readonly allowed: boolean;
  /** Units booked: 0 when the outcome is denied. */
  readonly charged: number;
  /** What a window really admits, where the backend counts by a lower limit than the policy's: this one is announced. */
  readonly servedLimit?: number | undefined;
  /** Units left after this decision. */
  readonly remaining?: number | undefined;
  /** Until the counter is as if never used. */
  readonly resetAfterMs?: number | undefined;
  /** The time within which no more than `remaining` can be used: the `t` of the RateLimit header. */
  readonly windowAfterMs?: number | undefined;
  /** Whole milliseconds, rounded up: after exactly this wait the same charge fits. Absent if it can never fit. */
  readonly retryAfterMs?: number | undefined;
  /** When, or into which window, it was booked, by the state's clock; `settle` needs it. */
  readonly receipt?: number | undefined;
  /** Set when something other than the backend answered; the last three mean degraded. */
  readonly via?: "cache" | "prefetch" | "fallback" | "open" | "closed" | undefined;
}

/**
 * The answer to all charges of one `consume`; `decisions[i]` belongs to `charges[i]`.
 *
 * Where shards are decided one after another and an earlier one denies, a charge that was not reached has `allowed: true`,
 * `charged: 0` and no numbers: nothing is known against it.
 */
export interface Outcome {
  readonly allowed: boolean;
  /** The longest of the denials'; absent when one of them can never fit. */
  readonly retryAfterMs?: number | undefined;
  /** The slot is this far ahead (only with `maxDelayMs`). */
  readonly delayMs?: number | undefined;
  readonly decisions: readonly Decision[];
}

/** The largest cost whose hundredths are still a safe integer. */
const largestSafeCost: number = Math.floor(Number.MAX_SAFE_INTEGER / 100);

/**
 * A cost in whole hundredths, rounded up.
 *
 * @throws ConfigError `SLUICE_COST` for NaN, a negative or an unsafe number.
 */
export function hundredths(cost: number): number {
  if (typeof cost !== "number" || !(cost >= 0 && cost <= largestSafeCost)) {
    throw new ConfigError("SLUICE_COST", "a cost is a number of units, 0 or more", cost, "Use 1 for one request.");
  }
  // 0.07 * 100 is 7.000000000000001: the slack is far below a hundredth, far above a rounding error.
  return Number.isInteger(cost) ? cost * 100 : Math.ceil(cost * 100 * (1 - 1e-14));
}

/** Charges without two of one identity, and for each original charge the index of the one that stands for it. */
export interface Merged {
  readonly charges: readonly Charge[];
  readonly index: readonly number[];
}

/**
 * Sums the costs of charges of equal identity, so that a backend meets each counter once; `undefined` when all differ.
 *
 * @throws ConfigError `SLUICE_CHARGE_CONFLICT` when equal identities carry different numbers or modes.
 */
export function mergeCharges(charges: readonly Charge[]): Merged | undefined {
  let merged: { charges: Charge[]; index: number[] } | undefined;
  for (let i = 0; i < charges.length; i++) {
    const charge = charges[i] as Charge;
    const before = merged?.charges ?? charges;
    const end = merged?.charges.length ?? i;
    let twin = 0;
    while (twin < end && !sameCounter(before[twin] as Charge, charge)) twin++;
    if (twin === end) {
      merged?.index.push(merged.charges.push(charge) - 1);
      continue;
    }
    merged ??= { charges: charges.slice(0, i), index: charges.slice(0, i).map((_, at) => at) };
    merged.charges[twin] = sum(merged.charges[twin] as Charge, charge);
    merged.index.push(twin);
  }
  return merged;
}

/** The outcome of merged charges as one of the charges they were merged from: each has its own part of what was booked. */
export function unmergedOutcome(charges: readonly Charge[], { index }: Merged, outcome: Outcome): Outcome {
  const left = outcome.decisions.map(({ charged }) => hundredths(charged));
  const decisions = charges.map(({ cost }, i): Decision => {
    const at = index[i] as number;
    const part = Math.min(hundredths(cost), left[at] as number);
    left[at] = (left[at] as number) - part;
    return { ...(outcome.decisions[at] as Decision), cost, charged: part / 100 };
  });
  return { ...outcome, decisions };
}

/**
 * Checks what names a counter, before a name is made of it.
 *
 * @throws ConfigError `SLUICE_CHARGE_KEY` for a key or shard that is no string: an id that is a number, a user object, null.
 */
export function checkIdentity({ key, shard = "" }: Identity): void {
  if (typeof key === "string" && typeof shard === "string") return;
  const value = typeof key === "string" ? shard : key;
  throw new ConfigError("SLUICE_CHARGE_KEY", "a charge's key and shard are strings", value, "Name whose quota it is.");
}

/** Whether two identities name one counter: policy name, algorithm, window or period, shard and key. */
export function sameCounter(a: Identity, b: Identity): boolean {
  const [p, q] = [a.policy, b.policy];
  // Not by their names, which take a hundred times as long to make as their parts to compare.
  const isOne = p === q || (p.name === q.name && p.algorithm === q.algorithm && spanOf(p) === spanOf(q));
  return isOne && a.key === b.key && a.shard === b.shard;
}

/** What of a policy is part of a counter's identity; limit, burst and zone are not, so that spent units stay spent. */
export function counterName(policy: Policy): string {
  return `${policy.algorithm}/${spanOf(policy)}/${policy.name}`;
}

function spanOf(policy: Policy): number | string {
  return policy.algorithm === "calendar" ? policy.period : policy.windowMs;
}

/** Whether two policies say the same, to the last number. */
export function sameNumbers(a: Policy, b: Policy): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function sum(a: Charge, b: Charge): Charge {
  const alike = (a.mode ?? "charge") === (b.mode ?? "charge") && (a.maxDelayMs ?? 0) === (b.maxDelayMs ?? 0);
  if (!alike || !sameNumbers(a.policy, b.policy)) {
    throw new ConfigError(
      "SLUICE_CHARGE_CONFLICT",
      `two charges name the counter of policy ${JSON.stringify(a.policy.name)} with different numbers`,
      b.policy.limit,
      "Give one of the two another name.",
    );
  }
  // Each by itself first: a negative cost must not hide in a sum.
  for (const { cost, minCost = 0 } of [a, b]) {
    hundredths(cost);
    hundredths(minCost);
  }
  const minCost = a.minCost === undefined && b.minCost === undefined ? undefined : least(a) + least(b);
  return { ...a, cost: a.cost + b.cost, minCost };
}

function least(charge: Charge): number {
  return charge.minCost ?? charge.cost;
}
