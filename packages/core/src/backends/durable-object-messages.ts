/** What callers and objects say to each other: short lists, so that old and new code can talk while a deploy spreads. */

import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { ConfigError, type ConfigErrorCode, isConfigError } from "../engine/errors.ts";
import type { LeaseAnswer, LeaseRequest } from "../engine/lease.ts";
import type { Policy } from "../engine/policy.ts";
import type { Due } from "../engine/settle-once.ts";

/**
 * What this code speaks. Adding to the end of a list, or a field to a message, needs no new version: whoever does not know
 * it ignores it, and finds undefined where an older one sends nothing.
 */
export const spokenVersion = 2;

/** What charges, settlements and resets need. */
export const countsVersion = 1;

/** What blocks and leases need: an object that ignored them would answer as if all were done. */
export const holdsVersion = 2;

/** A charge as it is sent: its policy as JSON, and the name of its row. */
export type SentCharge = readonly [
  policy: string,
  name: string,
  cost: number,
  mode?: Charge["mode"],
  minCost?: number | undefined,
  maxDelayMs?: number | undefined,
];

/** A settlement as it is sent, in hundredths of a unit. */
export type SentDue = readonly [
  policy: string,
  name: string,
  receipt: number | undefined,
  booked: number,
  final: number,
];

/** A block as it is sent. */
export type SentBlock = readonly [policy: string, name: string, forMs: number, shorten?: boolean | undefined];

/** A request for a lease as it is sent: the name is the object's own. The fence is what a take comes after. */
export type SentLease = readonly [
  verb: LeaseRequest["verb"],
  ttlMs?: number,
  fence?: number | undefined,
  note?: string | undefined,
];

/** One call of an object. */
export interface Message {
  /** The oldest version that understands all of this message; any later one does, too. */
  readonly v: number;
  /** Each is decided by itself, all or nothing. */
  readonly groups?: readonly (readonly SentCharge[])[];
  readonly settle?: readonly SentDue[];
  /** Names of rows. */
  readonly reset?: readonly string[];
  readonly block?: readonly SentBlock[];
  readonly lease?: SentLease;
}

/** A decision without what the caller knows: policy, key, shard and cost. */
export type SentDecision = readonly [
  allowed: boolean,
  charged: number,
  remaining: number | undefined,
  resetAfterMs: number | undefined,
  windowAfterMs: number | undefined,
  retryAfterMs: number | undefined,
  receipt: number | undefined,
];

export type SentOutcome = readonly [
  allowed: boolean,
  retryAfterMs: number | undefined,
  delayMs: number | undefined,
  decisions: readonly SentDecision[],
];

/** What an object could not do. With a cure it is a mistake in configuration. */
export type SentError = readonly [code: string, message: string, value?: unknown, cure?: string];

/** What an object answers, also where it fails: errors that are thrown print a line for each call and lose their class. */
export interface Answer {
  readonly v: number;
  readonly outcomes?: readonly SentOutcome[] | undefined;
  readonly lease?: readonly [granted: boolean, fence: number, leftMs: number, note: string] | undefined;
  readonly error?: SentError;
}

/** The charge, of which the object needs to know its policy's text and its row's name only. */
export function sentCharge({ cost, mode, minCost, maxDelayMs }: Charge, policy: string, name: string): SentCharge {
  if (mode === undefined && minCost === undefined && maxDelayMs === undefined) return [policy, name, cost];
  return [policy, name, cost, mode, minCost, maxDelayMs];
}

/** The charge as the object decides it: its key is the row's name. */
export function receivedCharge(sent: SentCharge, policy: Policy): Charge {
  // By index: taking a list apart by a pattern runs an iterator.
  return { policy, key: sent[1], cost: sent[2], mode: sent[3], minCost: sent[4], maxDelayMs: sent[5] };
}

export function sentDue({ decision, booked, final }: Due, policy: string, name: string): SentDue {
  return [policy, name, decision.receipt, booked, final];
}

export function receivedDue([, name, receipt, booked, final]: SentDue, policy: Policy): Due {
  const charged = booked / 100;
  return { decision: { policy, key: name, cost: charged, allowed: true, charged, receipt }, booked, final };
}

export function sentOutcome({ allowed, retryAfterMs, delayMs, decisions }: Outcome): SentOutcome {
  return [allowed, retryAfterMs, delayMs, decisions.map(sentDecision)];
}

function sentDecision(decision: Decision): SentDecision {
  const { allowed, charged, remaining, resetAfterMs, windowAfterMs, retryAfterMs, receipt } = decision;
  return [allowed, charged, remaining, resetAfterMs, windowAfterMs, retryAfterMs, receipt];
}

/** The outcome of these charges, or undefined where the answer is none. */
export function receivedOutcome(charges: readonly Charge[], sent: SentOutcome | undefined): Outcome | undefined {
  if (!Array.isArray(sent)) return undefined;
  const [allowed, retryAfterMs, delayMs, answers] = sent as SentOutcome;
  if (typeof allowed !== "boolean" || !Array.isArray(answers) || answers.length !== charges.length) return undefined;
  if (!answers.every(isDecision)) return undefined;
  return {
    allowed,
    retryAfterMs,
    delayMs,
    decisions: charges.map((charge, i) => receivedDecision(charge, answers[i] as SentDecision)),
  };
}

function isDecision(sent: unknown): sent is SentDecision {
  return Array.isArray(sent) && typeof sent[0] === "boolean" && typeof sent[1] === "number";
}

function receivedDecision({ policy, key, shard, cost }: Charge, sent: SentDecision): Decision {
  return {
    policy,
    key,
    shard,
    cost,
    allowed: sent[0],
    charged: sent[1],
    remaining: sent[2],
    resetAfterMs: sent[3],
    windowAfterMs: sent[4],
    retryAfterMs: sent[5],
    receipt: sent[6],
    via: undefined,
  };
}

export function sentLease(request: LeaseRequest): SentLease {
  if (request.verb === "look") return [request.verb];
  return [request.verb, request.ttlMs, request.verb === "take" ? request.after : request.fence, request.note];
}

/** The request as the object decides it, in which there is one name. It is yet to be checked. */
export function receivedLease(sent: SentLease): LeaseRequest {
  const [verb, ttlMs, fence, note] = sent;
  return { name: "", verb, ttlMs, note, ...(verb === "take" ? { after: fence } : { fence }) } as LeaseRequest;
}

/** The answer to a request for a lease, or undefined where it is none. */
export function receivedLeaseAnswer(sent: Answer["lease"]): LeaseAnswer | undefined {
  if (!Array.isArray(sent)) return undefined;
  const [granted, fence, leftMs, note] = sent as NonNullable<Answer["lease"]>;
  const isAnswer = typeof granted === "boolean" && Number.isSafeInteger(fence) && Number.isSafeInteger(leftMs);
  return isAnswer && typeof note === "string" ? { granted, fence, leftMs, note } : undefined;
}

/** The error as a value: a mistake in configuration with what belongs to it, of anything else nothing that could name a key. */
export function sentError(error: unknown): SentError {
  if (!isConfigError(error)) return ["SLUICE_BACKEND_REFUSED", ""];
  return [error.code, error.message, error.value, error.cure];
}

/** The mistake in configuration that was sent, as itself again; undefined where something else went wrong. */
export function receivedMistake(sent: SentError): ConfigError | undefined {
  if (!Array.isArray(sent) || typeof sent[3] !== "string") return undefined;
  const [code, message, value, cure] = sent as Required<SentError>;
  const error = new ConfigError(code as ConfigErrorCode, "", value, cure);
  error.message = message;
  return error;
}
