/** A place that was taken: whoever holds it waits for its slot, and takes another one if it was missed. */

import { isPromise } from "@sluice/core/engine";
import { Booking } from "./booking.ts";
import { lookAgain, lookEveryMs } from "./following.ts";
import { LimitError } from "./limit-error.ts";
import { enter, frontOf, leave, letOthersStart, lineOf, moveBack, type Waiter } from "./line.ts";
import { over } from "./over.ts";
import { wasPaused } from "./recheck.ts";
import type { Reservation } from "./reservation.ts";

/** What `take` answers with. A class, since one is made for every call: fields that few read are told late. */
export class Place extends Booking implements Reservation, Waiter {
  ready(signal?: AbortSignal): Promise<void> {
    this.waiting ??= this.#wait(signal).finally(() => {
      this.waiting = undefined;
    });
    return this.waiting;
  }

  /** `ready()` of a place that was just taken for now. */
  start(): void {
    this.stage = "started";
  }

  /** Whoever takes it is ready to wait so long for another, should its slot be missed. */
  waitUpTo(patienceMs: number): void {
    this.told().patienceMs = patienceMs;
  }

  #isLate(): boolean {
    const { time, lateMs } = this.limits;
    return time.now() - this.readyAtMs > lateMs;
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { state } = this;
    const { lines, configured } = this.limits;
    if (state === "refunded" || state === "expired") throw over(state);
    if (this.stage !== "pending") return;
    const name = lineOf(configured, this.cost);
    try {
      while (this.stage === "pending") {
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
    const limits = this.limits;
    const { trips, lines } = limits;
    // Whoever must ask elsewhere asks so much earlier that the answer is there at the slot.
    const { usualMs = 0 } = trips;
    await this.#sleepUntilSlot(Math.ceil(2 * usualMs), signal);
    const slot = this.booked;
    const patience = { untilMs: this.untilMs, sleep: (ms: number) => this.#sleep(ms, signal) };
    const paused = !this.hasSlot || wasPaused(limits, this.told().wholeAtMs, this.delayMs > 0, patience);
    const wasHeld = isPromise(paused) ? await paused : paused;
    if (!wasHeld) {
      await this.#sleepUntilSlot(0, signal);
      if (frontOf(lines, name, this) !== undefined) {
        await letOthersStart(lines, name, this, () => this.#sleep(1, signal));
      }
    }
    this.#checkKept();
    // Committed, or moved back meanwhile.
    if (this.stage !== "pending" || this.booked !== slot) return;
    if (!wasHeld && !this.#isLate()) {
      // At once: others who are awake already look whether it has.
      leave(lines, name, this);
      this.stage = "started";
    } else {
      // Behind a pause all take their places anew.
      if (wasHeld) leave(lines, name, this);
      await this.#takeAgain(name, signal);
    }
  }

  /** Sleeps until so long before its slot, which may be moved back while it sleeps. */
  async #sleepUntilSlot(earlierMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { limits } = this;
    let slept: boolean;
    do {
      const slot = this.booked;
      const leftMs = this.readyAtMs - earlierMs - limits.time.now();
      // Slots under a limit that somebody has lowered keep others waiting.
      const isNap = leftMs > lookEveryMs && limits.shared && limits.tunings.length > 0;
      await this.#sleep(isNap ? lookEveryMs : leftMs, signal);
      if (isNap) await lookAgain(limits, limits.time.now());
      slept = !isNap && this.booked === slot;
    } while (this.stage === "pending" && !slept);
  }

  /** Sleeps; an abort gives the place back. Rejects if somebody gave it back meanwhile. */
  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.#checkKept();
    try {
      signal?.throwIfAborted();
      if (ms > 0) await this.limits.time.sleep(ms, signal);
    } catch (error) {
      // What a failing backend does not take back stays spent; who stopped waiting hears why it did.
      await this.refund().catch(() => {});
      throw error;
    }
    this.#checkKept();
  }

  /** Another place for this one, within what is left of the time. */
  async #takeAgain(name: string, signal: AbortSignal | undefined): Promise<void> {
    const limits = this.limits;
    const outcome = this.booked;
    const { untilMs } = this;
    // Until there is another, there is nothing to give back.
    this.booked = { allowed: true, delayMs: outcome.delayMs, decisions: [] };
    try {
      await limits.giveBack(outcome);
      const answer = await limits.again(this.cost, untilMs, signal);
      if (!answer.allowed) throw new LimitError(answer, limits.time.now());
      const { slot } = answer as Place;
      moveBack(limits.lines, name, this, slot);
      // Refunded while it asked: then the new place goes, too.
      if (this.state === "refunded") await limits.giveBack(slot.outcome);
    } catch (error) {
      if (this.stage === "pending") this.end("refunded", this.cost);
      throw error;
    }
  }

  #checkKept(): void {
    if (this.state === "refunded") throw over("refunded");
  }
}
