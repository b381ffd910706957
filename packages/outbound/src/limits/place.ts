/** A place that was taken: what it was booked for, and what may still become of it. */

import { isPromise, type Outcome } from "@sluice/core/engine";
import { checkCost } from "./denied.ts";
import { LimitError } from "./limit-error.ts";
import type { Limits } from "./limits.ts";
import { enter, frontOf, leave, letOthersStart, lineOf, moveBack, type Slot, type Waiter } from "./line.ts";
import { over } from "./over.ts";
import { wasPaused } from "./recheck.ts";
import type { Reservation } from "./reservation.ts";

/** What most callers never ask of a place, so that it is kept apart. */
export interface Terms {
  takenAtMs: number;
  /** How long whoever took it is ready to wait, from then on. */
  patienceMs: number;
  /** When the rates that it was booked under are whole. */
  wholeAtMs: number;
}

/** What `take` answers with. A class, since one is made for every call: fields that few read are told late. */
export class Place implements Reservation, Waiter {
  readonly allowed = true;
  readonly cost: number;
  readonly #limits: Limits;
  #outcome: Outcome;
  /** Undefined where the receipt tells when it was taken, and nobody waits. */
  #terms: Terms | undefined;
  #stage: "pending" | "started" | "committed" | "refunded" = "pending";
  #waiting: Promise<void> | undefined;

  constructor(limits: Limits, outcome: Outcome, cost: number, terms: Terms | undefined) {
    this.cost = cost;
    this.#limits = limits;
    this.#outcome = outcome;
    this.#terms = terms;
  }

  /** What was booked, as the backend told it. */
  get outcome(): Outcome {
    return this.#outcome;
  }

  get delayMs(): number {
    return this.#outcome.delayMs ?? 0;
  }

  get readyAtMs(): number {
    return this.#told().takenAtMs + this.delayMs;
  }

  get expiresAtMs(): number {
    return this.readyAtMs + this.#limits.expiresAfterMs;
  }

  get state(): Reservation["state"] {
    if (this.#stage === "committed" || this.#stage === "refunded") return this.#stage;
    return this.#hasExpired() ? "expired" : "pending";
  }

  get slot(): Slot {
    return { outcome: this.#outcome, atMs: this.readyAtMs, wholeAtMs: this.#told().wholeAtMs };
  }

  set slot({ outcome, atMs, wholeAtMs }: Slot) {
    const { untilMs } = this;
    const takenAtMs = atMs - (outcome.delayMs ?? 0);
    this.#outcome = outcome;
    this.#terms = { takenAtMs, patienceMs: untilMs - takenAtMs, wholeAtMs };
  }

  get hasSlot(): boolean {
    return this.#outcome.decisions.length > 0;
  }

  get untilMs(): number {
    const { takenAtMs, patienceMs } = this.#told();
    return takenAtMs + patienceMs;
  }

  ready(signal?: AbortSignal): Promise<void> {
    this.#waiting ??= this.#wait(signal).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  /** `ready()` of a place that was just taken for now. */
  start(): void {
    this.#stage = "started";
  }

  /** Whoever takes it is ready to wait so long for another, should its slot be missed. */
  waitUpTo(patienceMs: number): void {
    this.#told().patienceMs = patienceMs;
  }

  async commit(actualCost: number = this.cost): Promise<void> {
    checkCost(actualCost, true);
    if (this.#isOver()) return;
    this.#end("committed", actualCost);
    const { backend, members } = this.#limits;
    // While another place is being taken for this one, it is that one which costs so much.
    if (!this.hasSlot) await this.#waiting?.catch(() => {});
    if (actualCost === this.cost || (actualCost < this.cost && this.#hasExpired())) return;
    const { decisions } = this.#outcome;
    // What a place cost in the growing rate after a pause stays as it was: its time is over.
    const booked = decisions.filter(
      ({ policy, charged }) => charged > 0 && members.some((own) => own.policy.name === policy.name),
    );
    await backend.settle?.(booked.map((decision) => ({ decision, cost: actualCost })));
  }

  async refund(): Promise<void> {
    if (this.#isOver() || this.#hasExpired()) return;
    this.#end("refunded", this.cost);
    await this.#limits.giveBack(this.#outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#stage === "started" ? this.commit() : this.refund());
  }

  #isOver(): boolean {
    return this.#stage === "committed" || this.#stage === "refunded";
  }

  #hasExpired(): boolean {
    return this.#limits.time.now() >= this.expiresAtMs;
  }

  #isLate(): boolean {
    const { time, lateMs } = this.#limits;
    return time.now() - this.readyAtMs > lateMs;
  }

  /** A backend's clock that has gone ahead of this process's since it was compared is not waited for. */
  #told(): Terms {
    if (this.#terms !== undefined) return this.#terms;
    const now = this.#limits.time.now();
    const takenAtMs = Math.min(this.#outcome.decisions[0]?.receipt ?? now, now);
    this.#terms = { takenAtMs, patienceMs: 0, wholeAtMs: 0 };
    return this.#terms;
  }

  #end(type: "committed" | "refunded", cost: number): void {
    this.#stage = type;
    const { metrics, members, lines } = this.#limits;
    // Its slot is its own from now on: nobody exchanges it.
    if (this.#waiting !== undefined) leave(lines, lineOf(members, this.cost), this);
    if (metrics === undefined) return;
    for (const { policy, key } of members) metrics.count({ type, limit: policy.name, key, cost });
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { state } = this;
    const { lines, members } = this.#limits;
    if (state === "refunded" || state === "expired") throw over(state);
    if (this.#stage !== "pending") return;
    const name = lineOf(members, this.cost);
    try {
      while (this.#stage === "pending") {
        // Whoever comes too late for what he reserved moves nobody back.
        if (!this.#isLate()) enter(lines, name, this);
        await this.#start(name, signal);
      }
    } finally {
      leave(lines, name, this);
    }
    this.#checkKept();
  }

  /** Sleeps until its slot and starts there; where it missed that, has another one afterwards. */
  async #start(name: string, signal: AbortSignal | undefined): Promise<void> {
    const limits = this.#limits;
    const { trips, lines } = limits;
    // Whoever must ask elsewhere asks so much earlier that the answer is there at the slot.
    const { usualMs = 0 } = trips;
    await this.#sleepUntilSlot(Math.ceil(2 * usualMs), signal);
    const slot = this.#outcome;
    const paused = wasPaused(limits, this.#told().wholeAtMs, this.delayMs > 0);
    const wasHeld = isPromise(paused) ? await paused : paused;
    if (!wasHeld) {
      await this.#sleepUntilSlot(0, signal);
      if (frontOf(lines, name, this) !== undefined) {
        await letOthersStart(lines, name, this, () => this.#sleep(1, signal));
      }
    }
    this.#checkKept();
    // Committed, or moved back meanwhile.
    if (this.#stage !== "pending" || this.#outcome !== slot) return;
    if (!wasHeld && !this.#isLate()) {
      // At once: others who are awake already look whether it has.
      leave(lines, name, this);
      this.#stage = "started";
    } else {
      // Behind a pause all take their places anew.
      if (wasHeld) leave(lines, name, this);
      await this.#takeAgain(name, signal);
    }
  }

  /** Sleeps until so long before its slot, which may be moved back while it sleeps. */
  async #sleepUntilSlot(earlierMs: number, signal: AbortSignal | undefined): Promise<void> {
    let slot: Outcome;
    do {
      slot = this.#outcome;
      await this.#sleep(this.readyAtMs - earlierMs - this.#limits.time.now(), signal);
    } while (this.#stage === "pending" && this.#outcome !== slot);
  }

  /** Sleeps; an abort gives the place back. Rejects if somebody gave it back meanwhile. */
  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.#checkKept();
    try {
      signal?.throwIfAborted();
      if (ms > 0) await this.#limits.time.sleep(ms, signal);
    } catch (error) {
      // What a failing backend does not take back stays spent; who stopped waiting hears why it did.
      await this.refund().catch(() => {});
      throw error;
    }
    this.#checkKept();
  }

  /** Another place for this one, within what is left of the time. */
  async #takeAgain(name: string, signal: AbortSignal | undefined): Promise<void> {
    const limits = this.#limits;
    const outcome = this.#outcome;
    const { untilMs } = this;
    // Until there is another, there is nothing to give back.
    this.#outcome = { allowed: true, delayMs: outcome.delayMs, decisions: [] };
    try {
      await limits.giveBack(outcome);
      const answer = await limits.again(this.cost, untilMs, signal);
      if (!answer.allowed) throw new LimitError(answer, limits.time.now());
      const { slot } = answer as Place;
      moveBack(limits.lines, name, this, slot);
      // Refunded while it asked: then the new place goes, too.
      if (this.state === "refunded") await limits.giveBack(slot.outcome);
    } catch (error) {
      if (this.#stage === "pending") this.#end("refunded", this.cost);
      throw error;
    }
  }

  #checkKept(): void {
    if (this.state === "refunded") throw over("refunded");
  }
}
