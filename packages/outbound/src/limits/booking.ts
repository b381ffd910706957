/** What a place has booked, and how it ends: committed, refunded, or used because nobody said. */

import { type Outcome, sameCounter } from "@sluice/core/engine";
import { checkCost } from "./denied.ts";
import type { Limits } from "./limits.ts";
import { leave, lineOf, type Slot } from "./line.ts";
import type { Reservation } from "./reservation.ts";

/** What most callers never ask of a place, so that it is kept apart. */
export interface Terms {
  takenAtMs: number;
  /** How long whoever took it is ready to wait, from then on. */
  patienceMs: number;
  /** When the rates that it was booked under are whole. */
  wholeAtMs: number;
}

/** A booking until its end. Whoever waits for its slot is a {@link Place}. */
export class Booking {
  readonly allowed = true;
  readonly cost: number;
  protected readonly limits: Limits;
  protected booked: Outcome;
  /** Undefined where the receipt tells when it was taken, and nobody waits. */
  protected terms: Terms | undefined;
  protected stage: "pending" | "started" | "committed" | "refunded" = "pending";
  protected waiting: Promise<void> | undefined;

  constructor(limits: Limits, outcome: Outcome, cost: number, terms: Terms | undefined) {
    this.cost = cost;
    this.limits = limits;
    this.booked = outcome;
    this.terms = terms;
  }

  /** What was booked, as the backend told it. */
  get outcome(): Outcome {
    return this.booked;
  }

  get delayMs(): number {
    return this.booked.delayMs ?? 0;
  }

  get readyAtMs(): number {
    return this.told().takenAtMs + this.delayMs;
  }

  get expiresAtMs(): number {
    return this.readyAtMs + this.limits.expiresAfterMs;
  }

  get state(): Reservation["state"] {
    if (this.stage === "committed" || this.stage === "refunded") return this.stage;
    return this.#hasExpired() ? "expired" : "pending";
  }

  get slot(): Slot {
    return { outcome: this.booked, atMs: this.readyAtMs, wholeAtMs: this.told().wholeAtMs };
  }

  set slot({ outcome, atMs, wholeAtMs }: Slot) {
    const { untilMs } = this;
    const takenAtMs = atMs - (outcome.delayMs ?? 0);
    this.booked = outcome;
    this.terms = { takenAtMs, patienceMs: untilMs - takenAtMs, wholeAtMs };
  }

  get hasSlot(): boolean {
    return this.booked.decisions.length > 0;
  }

  get untilMs(): number {
    const { takenAtMs, patienceMs } = this.told();
    return takenAtMs + patienceMs;
  }

  async commit(actualCost: number = this.cost): Promise<void> {
    checkCost(actualCost, true);
    if (this.#isOver()) return;
    this.end("committed", actualCost);
    const { backend, configured } = this.limits;
    // While another place is being taken for this one, it is that one which costs so much.
    if (!this.hasSlot) await this.waiting?.catch(() => {});
    if (actualCost === this.cost || (actualCost < this.cost && this.#hasExpired())) return;
    const { decisions } = this.booked;
    // What a place cost in the growing rate after a pause stays as it was: its time is over.
    const booked = decisions.flatMap((decision) => {
      if (decision.charged === 0) return [];
      const { policy, key } = decision;
      const own = configured.find((one) => sameCounter({ policy: one.policy, key: one.key }, { policy, key }));
      return own === undefined ? [] : [{ decision, cost: actualCost * own.times }];
    });
    await backend.settle?.(booked);
  }

  async refund(): Promise<void> {
    if (this.#isOver() || this.#hasExpired()) return;
    this.end("refunded", this.cost);
    await this.limits.giveBack(this.booked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.stage === "started" ? this.commit() : this.refund());
  }

  #isOver(): boolean {
    return this.stage === "committed" || this.stage === "refunded";
  }

  #hasExpired(): boolean {
    return this.limits.time.now() >= this.expiresAtMs;
  }

  /** A backend's clock that has gone ahead of this process's since it was compared is not waited for. */
  protected told(): Terms {
    if (this.terms !== undefined) return this.terms;
    const now = this.limits.time.now();
    const takenAtMs = Math.min(this.booked.decisions[0]?.receipt ?? now, now);
    this.terms = { takenAtMs, patienceMs: 0, wholeAtMs: 0 };
    return this.terms;
  }

  protected end(type: "committed" | "refunded", cost: number): void {
    this.stage = type;
    const { metrics, configured, lines } = this.limits;
    // Its slot is its own from now on: nobody exchanges it.
    if (this.waiting !== undefined) leave(lines, lineOf(configured, this.cost), this);
    if (metrics === undefined) return;
    for (const own of configured) {
      metrics.count({ type, limit: own.policy.name, key: own.key, cost: cost * own.times });
    }
  }
}
