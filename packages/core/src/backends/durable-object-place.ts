/** One object as its caller sees it: what is sent to it, and what its answers and failures mean. */

import { BackendError } from "../engine/backend-error.ts";
import type { Charge, Identity, Outcome } from "../engine/charge.ts";
import { ConfigError, type SluiceError } from "../engine/errors.ts";
import type { LeaseAnswer, LeaseRequest } from "../engine/lease.ts";
import type { Policy } from "../engine/policy.ts";
import { whenKnown } from "../engine/waiting.ts";
import type { Place } from "../remote/shard-by-shard.ts";
import type { Deadline } from "../resilience/deadline.ts";
import {
  type Answer,
  countsVersion,
  holdsVersion,
  type Message,
  receivedLeaseAnswer,
  receivedMistake,
  receivedOutcome,
  type SentCharge,
  sentCharge,
  sentDue,
  sentLease,
} from "./durable-object-messages.ts";
import { allKnown, rowOf } from "./durable-object-shards.ts";

/** The backend's name, as errors give it. */
export const backendName = "durable-object";

/** Sends one message to an object, over a stub made for it. */
export type Send = (message: Message) => Promise<unknown>;

/** Has an object decide groups of charges that all live in it, in one call. */
export async function decideIn(
  send: Send,
  groups: readonly (readonly Charge[])[],
  deadline: Deadline,
): Promise<readonly Outcome[]> {
  const named: (readonly SentCharge[])[] = [];
  for (const group of groups) named.push(await allKnown(group.map(sent)));
  const { outcomes } = await ask(send, { v: countsVersion, groups: named }, deadline);
  return groups.map((group, i) => receivedOutcome(group, outcomes?.[i]) ?? noDecision());
}

/** Has an object forget a counter. */
export async function resetIn(send: Send, identity: Identity, deadline: Deadline): Promise<void> {
  await ask(send, { v: countsVersion, reset: [await rowOf(identity)] }, deadline);
}

/** Has an object block a counter. */
export async function blockIn(
  send: Send,
  identity: Identity,
  forMs: number,
  shorten: boolean | undefined,
  deadline: Deadline,
): Promise<void> {
  const row = await rowOf(identity);
  await ask(send, { v: holdsVersion, block: [[textOf(identity.policy), row, forMs, shorten]] }, deadline);
}

/** Asks the object of a name for its lease. */
export async function leaseIn(send: Send, request: LeaseRequest, deadline: Deadline): Promise<LeaseAnswer> {
  const { lease } = await ask(send, { v: holdsVersion, lease: sentLease(request) }, deadline);
  return receivedLeaseAnswer(lease) ?? noDecision();
}

/** An object among several that decide one after the other. */
export function objectPlace(send: Send): Place {
  return {
    async consume(charges, deadline) {
      const [outcome] = await decideIn(send, [charges], deadline);
      return outcome as Outcome;
    },

    async settle(due, deadline) {
      const rows = await allKnown(due.map(({ decision }) => rowOf(decision)));
      const settle = due.map((each, i) => sentDue(each, textOf(each.decision.policy), rows[i] as string));
      await ask(send, { v: countsVersion, settle }, deadline);
    },
  };
}

async function ask(send: Send, message: Message, deadline: Deadline): Promise<Answer> {
  // Whoever asked has been answered already; a charge sent now would be one that nobody knows of.
  if (deadline.passed) throw new BackendError("SLUICE_BACKEND_TIMEOUT", backendName, "was not asked in time");
  let answer: unknown;
  try {
    answer = await send(message);
  } catch (error) {
    throw failureOf(error);
  }
  return checked(answer);
}

function sent(charge: Charge): SentCharge | Promise<SentCharge> {
  return whenKnown(rowOf(charge), (row) => sentCharge(charge, textOf(charge.policy), row));
}

const texts = new WeakMap<Policy, string>();

function textOf(policy: Policy): string {
  const text = texts.get(policy) ?? JSON.stringify(policy);
  texts.set(policy, text);
  return text;
}

function checked(answer: unknown): Answer {
  const { v, error } = Object(answer) as Partial<Answer>;
  if (typeof v !== "number") return noDecision();
  if (error === undefined) return answer as Answer;
  const mistake = receivedMistake(error);
  if (mistake) throw mistake;
  if (error[0] !== "SLUICE_BACKEND_REFUSED") return noDecision();
  throw new BackendError("SLUICE_BACKEND_REFUSED", backendName, "has an object that could not store its counts");
}

function noDecision(): never {
  const problem = "has an object whose answer is no decision, as it may be while a deploy is spreading";
  throw new BackendError("SLUICE_BACKEND_ANSWER", backendName, problem);
}

/** What became of a call, without the platform's own words, which may hold what was asked. */
function failureOf(thrown: unknown): SluiceError {
  const { overloaded, message } = Object(thrown) as { readonly overloaded?: unknown; readonly message?: unknown };
  if (overloaded === true || /overloaded|too much load/i.test(String(message))) {
    const problem = "has an object with more to do than it can, or too many objects asked for at once";
    return new BackendError("SLUICE_BACKEND_OVERLOADED", backendName, problem);
  }
  if (/does not implement/.test(String(message))) return wrongBinding("a binding of another class");
  return new BackendError("SLUICE_BACKEND_UNREACHABLE", backendName, "lost its object before an answer came");
}

/** A binding that is missing, or that is something else. */
export function wrongBinding(found: unknown): ConfigError {
  const cure =
    'Export SluiceLimiter of "@sluice/core/durable-object" from the Worker, and add to wrangler.jsonc ' +
    '"durable_objects": { "bindings": [{ "name": "LIMITER", "class_name": "SluiceLimiter" }] } and ' +
    '"migrations": [{ "tag": "sluice-1", "new_sqlite_classes": ["SluiceLimiter"] }] (or, instead of migrations, ' +
    '"exports": { "SluiceLimiter": { "type": "durable-object", "storage": "sqlite" } }). ' +
    "Named environments inherit no bindings: repeat them under each. Then pass env.LIMITER.";
  return new ConfigError("SLUICE_BINDING_MISSING", "durableObject() has no namespace of SluiceLimiter", found, cure);
}
