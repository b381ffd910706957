/** The Durable Object that holds counts: every message is decided in one go, on its own SQLite and by its own clock. */

import { DurableObject } from "cloudflare:workers";
import { leaseStep } from "../algorithms/lease.ts";
import { type Ledger, ledger } from "../algorithms/ledger.ts";
import { checkBlock } from "../engine/block.ts";
import { systemClock, type WatchedClock, watched } from "../engine/clock.ts";
import { checkLease } from "../engine/lease.ts";
import type { Policy } from "../engine/policy.ts";
import { type CleanUp, cleanUp } from "./durable-object-clean-up.ts";
import {
  type Answer,
  countsVersion,
  type Message,
  receivedCharge,
  receivedDue,
  receivedLease,
  type SentBlock,
  type SentCharge,
  type SentLease,
  type SentOutcome,
  sentError,
  sentOutcome,
  spokenVersion,
} from "./durable-object-messages.ts";
import { type Rows, rows } from "./durable-object-rows.ts";

/** More policies than this at once and all are compiled anew. */
const keptPolicies = 1_000;

/**
 * Holds the counts of one shard. Export it from the Worker and bind it; `durableObject()` does the asking.
 *
 * Its methods belong to Sluice: what they say to each other may change with any version.
 */
export class SluiceLimiter extends DurableObject {
  readonly #rows: Rows = rows(this.ctx.storage);
  readonly #cleanUp: CleanUp = cleanUp(this.ctx.storage, this.#rows);
  readonly #ledger: Ledger = ledger(this.#rows, ({ key }) => key);
  readonly #policies = new Map<string, Policy>();

  /**
   * The instant is taken once for each message, here and never from a caller, whose machine has another clock. It may step
   * back, when the machine's clock is set or the object moves to another machine. It is handed on as it is: every state
   * carries its own instant and takes an earlier one for standing still, so that for each counter time never runs
   * backwards. Held fast at the latest instant seen instead, one jump ahead would stop time for all of them until it is
   * caught up with. Which instants were told twice is known for as long as the object is in memory, and only matters to
   * what is settled meanwhile.
   */
  readonly #clock: WatchedClock = watched(systemClock);

  /** Answers one message. Nothing is awaited before it is decided and stored, and nothing is thrown. */
  ask(message: unknown): unknown {
    try {
      if (!isUnderstood(message)) return failed(["SLUICE_BACKEND_ANSWER", "this object is older than its caller"]);
      const now = this.#clock.now();
      const answer = isOneCharge(message) ? this.#carryOut(message, now) : this.#atomically(message, now);
      const alarmed = this.#cleanUp.due(now);
      return alarmed ? alarmed.then(() => answer) : answer;
    } catch (error) {
      return failed(sentError(error));
    }
  }

  override async alarm(): Promise<void> {
    await this.#cleanUp.run(this.#clock.now());
  }

  /** Where one part of a message fails nothing of it is booked, since its caller hears of no other. */
  #atomically(message: Message, now: number): Answer {
    return this.#rows.atomically(() => this.#carryOut(message, now));
  }

  #carryOut({ groups, settle = [], reset = [], block = [], lease }: Message, now: number): Answer {
    const outcomes = groups?.map((group) => this.#decide(group, now));
    const due = settle.map((sent) => receivedDue(sent, this.#policy(sent[0])));
    this.#ledger.settle(due, now, this.#clock.isToldTwice);
    for (const name of reset) this.#rows.remove(name);
    for (const sent of block) this.#block(sent, now);
    if (lease !== undefined) return { v: spokenVersion, outcomes, lease: this.#lease(lease, now) };
    return { v: spokenVersion, outcomes };
  }

  #decide(group: readonly SentCharge[], now: number): SentOutcome {
    const charges = group.map((sent) => receivedCharge(sent, this.#policy(sent[0])));
    return sentOutcome(this.#ledger.consume(charges, now));
  }

  #block([text, name, forMs, shorten]: SentBlock, now: number): void {
    const identity = { policy: this.#policy(text), key: name };
    checkBlock(identity, forMs);
    this.#ledger.block(identity, forMs, now, shorten);
  }

  #lease(sent: SentLease, now: number): Answer["lease"] {
    const request = receivedLease(sent);
    checkLease(request);
    const stored = this.#rows.readLease();
    const { state, answer } = leaseStep(stored, request, now);
    if (state !== undefined && state !== stored) this.#rows.writeLease(state);
    return [answer.granted, answer.fence, answer.leftMs, answer.note];
  }

  /** Policies arrive as text, so that those of equal numbers are one object, compiled once. */
  #policy(text: string): Policy {
    const known = this.#policies.get(text);
    if (known) return known;
    if (this.#policies.size >= keptPolicies) this.#policies.clear();
    const policy: Policy = JSON.parse(text);
    this.#policies.set(text, policy);
    return policy;
  }
}

function isUnderstood(message: unknown): message is Message {
  const { v } = Object(message) as Partial<Message>;
  return typeof v === "number" && v <= spokenVersion;
}

/** By far the most: it writes one row or none, and so needs no transaction. */
function isOneCharge({ v, groups, settle, reset }: Message): boolean {
  const isCounts = v <= countsVersion && settle === undefined && reset === undefined;
  return isCounts && groups?.length === 1 && groups[0]?.length === 1;
}

function failed(error: NonNullable<Answer["error"]>): Answer {
  return { v: spokenVersion, error };
}
