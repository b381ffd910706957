/** The verbs over one limit or several: what is known at once is answered at once. */

import { ConfigError, isPromise, type Outcome, whenKnown } from "@sluice/core/engine";
import { counted } from "./counted.ts";
import { checkCost, denialOf, tooLarge } from "./denied.ts";
import { LimitError } from "./limit-error.ts";
import type {
  AcquireOptions,
  Answer,
  Limiter,
  LimitState,
  PauseOptions,
  ReserveOptions,
  ResumeOptions,
} from "./limiter.ts";
import { Limits, type Surroundings } from "./limits.ts";
import type { Member } from "./member.ts";
import { pause, resume } from "./pausing.ts";
import { statesOf } from "./peek.ts";
import { Place } from "./place.ts";
import type { Reservation } from "./reservation.ts";
import { take } from "./take.ts";
import { takeWaiting } from "./waiting.ts";

const nothing = {};

/** A class, since `for(key)` makes one for every key and its verbs are the hot path. */
export class Handle implements Limiter {
  readonly limits: Limits;

  constructor(members: readonly Member[], surroundings: Surroundings) {
    this.limits = new Limits(members, surroundings);
  }

  tryAcquire(cost = 1): Answer | Promise<Answer> {
    const answer = this.#tryOne(cost) ?? this.#take(cost, 0);
    if (this.limits.metrics === undefined) return answer;
    return whenKnown(answer, (known) => this.#counted(known, cost));
  }

  reserve(cost = 1, { maxWaitMs = 0 }: ReserveOptions = nothing): Answer | Promise<Answer> {
    this.#checkWait("reserve()", maxWaitMs);
    return whenKnown(this.#take(cost, maxWaitMs), (answer) => this.#counted(answer, cost));
  }

  acquire(cost = 1, { maxWaitMs = 30_000, signal }: AcquireOptions = nothing): Promise<Reservation> {
    try {
      signal?.throwIfAborted();
      this.#checkWait("acquire()", maxWaitMs);
      const now = this.#tryOne(cost);
      // After a stall of the event loop somebody may still be about to wake for a slot before this one.
      if (now !== undefined && !isPromise(now) && now.allowed && this.limits.lines.size === 0) {
        (now as Place).start();
        return Promise.resolve(this.#counted(now, cost) as Reservation);
      }
      return this.#wait(now, cost, maxWaitMs, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  peek(): Promise<readonly LimitState[]> {
    return statesOf(this.limits);
  }

  pause(options: PauseOptions): Promise<void> {
    return pause(this.limits, options);
  }

  resume(options?: ResumeOptions): Promise<void> {
    return resume(this.limits, options);
  }

  /** The answer for one unit where it is there at once and no gate has to be asked; undefined otherwise. */
  #tryOne(cost: number): Answer | Promise<Answer> | undefined {
    const { limits } = this;
    limits.retune();
    if (cost !== 1 || limits.capacity < 1 || limits.asksGates) return undefined;
    const outcome = limits.backend.consume(limits.one);
    return isPromise(outcome)
      ? Promise.resolve(outcome).then((known) => this.#answerOne(known))
      : this.#answerOne(outcome);
  }

  #answerOne(outcome: Outcome): Answer {
    const { limits } = this;
    if (!outcome.allowed) return denialOf(limits.members, outcome);
    const takenAtMs = limits.clocks.agree ? undefined : this.#bookedAt(outcome);
    return new Place(
      limits,
      outcome,
      1,
      takenAtMs === undefined ? undefined : { takenAtMs, patienceMs: 0, wholeAtMs: 0 },
    );
  }

  /** Now; and whether what the backend has just read is the same clock, so that places need not read it again. */
  #bookedAt({ decisions }: Outcome): number {
    const { time, delays, clocks } = this.limits;
    const now = time.now();
    if (delays && clocks.comparisons > 0) {
      clocks.comparisons--;
      const apartMs = now - (decisions[0]?.receipt ?? Number.NaN);
      clocks.agree = apartMs >= 0 && apartMs <= 1;
    }
    return now;
  }

  #take(cost: number, maxWaitMs: number): Answer | Promise<Answer> {
    checkCost(cost);
    const { limits } = this;
    return cost > limits.capacity ? tooLarge(limits.members, cost) : take(limits, cost, maxWaitMs);
  }

  async #wait(
    first: Answer | Promise<Answer> | undefined,
    cost: number,
    maxWaitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Reservation> {
    checkCost(cost);
    const { limits } = this;
    const { time } = limits;
    const untilMs = time.now() + maxWaitMs;
    // At once where the answer is there: whoever calls next comes next.
    const now = isPromise(first) ? await first : first;
    if (now?.allowed) (now as Place).waitUpTo(maxWaitMs);
    const answer = now?.allowed
      ? now
      : cost > limits.capacity
        ? tooLarge(limits.members, cost)
        : await takeWaiting(limits, cost, untilMs, signal);
    this.#counted(answer, cost);
    if (!answer.allowed) throw new LimitError(answer, time.now());
    await answer.ready(signal);
    return answer;
  }

  #checkWait(verb: string, maxWaitMs: number): void {
    if (!(maxWaitMs >= 0)) {
      const problem = `maxWaitMs of ${verb} is a number of milliseconds, 0 or more`;
      throw new ConfigError("SLUICE_OPTION_TYPE", problem, maxWaitMs, "Leave it out for the default.");
    }
    const { backend } = this.limits;
    if (maxWaitMs === 0 || backend.features.delay) return;
    const cure = "Use tryAcquire(), or memory, sqlite, durable-object, redis or upstash.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", "this backend books nothing ahead", backend.name, cure);
  }

  #counted(answer: Answer, cost: number): Answer {
    return counted(this.limits, answer, cost);
  }
}
