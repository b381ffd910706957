/** Taking a place: one round trip, or a second one where a pause or its end was not known here yet. */

import { isPromise, type Outcome, whenKnown } from "@sluice/core/engine";
import { refused } from "./denied.ts";
import { heldHere, lookAgain } from "./following.ts";
import { learn, type Standing, standing } from "./held.ts";
import type { Answer } from "./limiter.ts";
import type { Limits } from "./limits.ts";
import { Place } from "./place.ts";
import { type Question, question } from "./question.ts";
import { askingRamp } from "./ramp.ts";
import { tripTook } from "./trips.ts";

/** Every answer teaches how the gates stand; they do not change so often. */
const attempts = 6;

/** Takes `cost` units at most `maxDelayMs` ahead, or says why not. Nothing is booked by a denial. */
export function take(
  limits: Limits,
  cost: number,
  maxDelayMs: number,
  late = false,
  tried = 1,
): Answer | Promise<Answer> {
  const { backend, time, trips } = limits;
  const sentAt = time.now();
  limits.retune();
  if (limits.tunings.length > 0) {
    const looked = lookAgain(limits, sentAt);
    if (isPromise(looked)) return looked.then(() => take(limits, cost, maxDelayMs, late, tried));
    const denial = heldHere(limits, sentAt);
    if (denial !== undefined) return denial;
  }
  const asked = question(limits, cost, maxDelayMs, sentAt, late);
  const answer = asked.ramps.length > 0 ? reckoned(limits, asked) : backend.consume(asked.charges);
  if (!isPromise(answer)) return judge(limits, asked, answer, cost, maxDelayMs, tried);
  return Promise.resolve(answer).then((outcome) => {
    const tooLongMs = tripTook(trips, time.now() - sentAt);
    // The event loop stood still: by now a place for then is as late as one that was slept through. Once: a slow network stays slow.
    if (outcome.allowed && tried === 1 && tooLongMs > limits.lateMs) {
      return whenKnown(limits.giveBack(outcome), () => take(limits, cost, maxDelayMs, late, tried + 1));
    }
    return judge(limits, asked, outcome, cost, maxDelayMs, tried);
  });
}

/** Asks, so that those who ask before the answer is there reckon with it. */
function reckoned({ backend, time }: Limits, { charges, ramps }: Question): Outcome | Promise<Outcome> {
  const asking = ramps.map(askingRamp);
  const heard = (slotMs: number | undefined): void => {
    for (const hear of asking) hear(slotMs);
  };
  const known = (outcome: Outcome): Outcome => {
    heard(outcome.allowed ? time.now() + (outcome.delayMs ?? 0) : undefined);
    return outcome;
  };
  const failed = (error: unknown): never => {
    heard(undefined);
    throw error;
  };
  try {
    const answer = backend.consume(charges);
    return isPromise(answer) ? Promise.resolve(answer).then(known, failed) : known(answer);
  } catch (error) {
    return failed(error);
  }
}

function judge(
  limits: Limits,
  asked: Question,
  outcome: Outcome,
  cost: number,
  maxDelayMs: number,
  tried: number,
): Answer | Promise<Answer> {
  const now = limits.time.now();
  const { allowed, delayMs = 0 } = outcome;
  const standings = learned(limits, asked, outcome, now);
  const wholeAt = limits.wholeAt(asked.gates);
  if (
    tried < attempts &&
    standings.some((actual, i) => wasWrong(asked, i, actual, allowed, now + delayMs >= wholeAt, maxDelayMs))
  ) {
    return whenKnown(allowed ? limits.giveBack(outcome) : undefined, () => {
      return take(limits, cost, maxDelayMs, false, tried + 1);
    });
  }
  // Within the growing rate no place is left, or none near enough: behind it there is one, and it costs no more than itself.
  const isBehind = allowed ? now + delayMs > wholeAt : wholeAt - now <= maxDelayMs;
  if (tried < attempts && asked.maxDelayMs > 0 && asked.stances.includes("growing") && isBehind) {
    return whenKnown(allowed ? limits.giveBack(outcome) : undefined, () =>
      take(limits, cost, maxDelayMs, true, attempts),
    );
  }
  if (!allowed) return refused(limits, asked, outcome, now);
  const takenAtMs = limits.shared ? now : takenAt(asked, outcome, now);
  return new Place(limits, outcome, cost, { takenAtMs, patienceMs: maxDelayMs, wholeAtMs: wholeAt });
}

/** When the backend read its clock, if that is this process's: read again only now, it tells one slot as several. */
function takenAt({ gates, askedAtMs }: Question, { decisions, delayMs = 0 }: Outcome, now: number): number {
  const bookedAt = (decisions[gates.length]?.receipt ?? now) - delayMs;
  return bookedAt >= askedAtMs && bookedAt <= now ? bookedAt : now;
}

/** What the gates' answers tell of them; a degraded answer tells nothing. */
function learned(
  { held }: Limits,
  asked: Question,
  { decisions }: Outcome,
  now: number,
): readonly (Standing | undefined)[] {
  return asked.gates.map((gate, i) => {
    const wholeAfterMs = decisions[i]?.resetAfterMs;
    return wholeAfterMs === undefined ? undefined : standing(learn(held, gate, wholeAfterMs, now), gate, now);
  });
}

/** Whether the question would have been another, had it been known how this gate stands. */
function wasWrong(
  asked: Question,
  index: number,
  actual: Standing | undefined,
  allowed: boolean,
  behindRamp: boolean,
  maxDelayMs: number,
): boolean {
  const stance = asked.stances[index];
  if (actual === undefined) return false;
  if (actual === "paused") return stance !== "paused" && asked.maxDelayMs > 0;
  if (stance === "paused") return actual === "growing" || (!allowed && maxDelayMs > 0);
  if (actual === "growing") return stance === "open" && !(allowed && behindRamp);
  return stance === "growing" && !allowed;
}
