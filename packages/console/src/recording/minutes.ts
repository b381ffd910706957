/** Counts decisions, minute by minute. Nothing here waits, writes or throws away what it has not told of. */

import type { Decision, Refused } from "@sluice/core";
import { hundredths } from "@sluice/core/engine";
import type { PlanLimit, PlanLimits } from "../plans/limits.ts";
import {
  type KeyCount,
  keptKey,
  keyIn,
  type LimiterMinute,
  limiterIn,
  type Minute,
  minuteAt,
  type Tally,
  tallyIn,
} from "./minute.ts";
import { type OutcomePlace, outcomeOf } from "./outcome-of.ts";

/** Keys that are followed, of a limiter and minute; the decisions of others are counted without them. */
const mostKeys = 10_000;
/** A clock that is set back finds its minutes again, so many of them. */
const keptMinutes = 3;

/** What the counts are told. */
export interface MinutesOptions {
  readonly limits: PlanLimits;
  readonly planOf: (userId: string) => string | undefined;
  /** A minute that nobody comes back to: what of it is not yet in rows must be taken now, or is lost. */
  readonly forgetting: (minute: Minute) => void;
}

/** The counts of the last minutes. A class with plain fields, since requests wait while it counts. */
export class Minutes {
  /** Decisions whose key was one too many. */
  droppedKeys: number = 0;
  /** Those of them that were denials. */
  droppedDenials: number = 0;
  /** By the minute's first millisecond, the one last come to at the end. */
  readonly kept: Map<number, Minute> = new Map();
  readonly #options: MinutesOptions;
  readonly #limits: ReadonlyMap<string, PlanLimit>;
  /** At first one that holds no instant. */
  #current: Minute = minuteAt(Number.NaN);

  constructor(options: MinutesOptions) {
    this.#options = options;
    this.#limits = new Map(Object.values(options.limits).map((limit) => [limit.policy, limit]));
  }

  /** Counts what a request met. Whether anything counted. */
  count(decisions: readonly Decision[], isAdmitted: boolean, nowMs: number): boolean {
    const minute = this.#minuteOf(nowMs);
    let isCounted = false;
    for (let at = 0; at < decisions.length; at++) {
      const decision = decisions[at] as Decision;
      const place = outcomeOf(decision, isAdmitted);
      if (place === -1) continue;
      isCounted = true;
      this.#add(limiterIn(minute, decision.policy.name, this.#limits), decision, place, nowMs);
    }
    return isCounted;
  }

  /** Counts refusals by limiters that asked no backend, each as one unit: what it would have cost was not asked either. */
  countRefused(refused: readonly Refused[], nowMs: number): void {
    const minute = this.#minuteOf(nowMs);
    for (const { limiter: name, policy, key } of refused) {
      const limiter = limiterIn(minute, name, this.#limits);
      if (policy === undefined || key === undefined) tallyIn(limiter, "").counts[1]++;
      else this.#add(limiter, { policy, key, cost: 1, allowed: false, charged: 0 }, 1, nowMs);
    }
  }

  /** Sets what an admitted request finally cost, in the last minute that knows its key. */
  settle(decision: Decision, cost: number): void {
    const { policy, key, cost: atFirst } = decision;
    for (const minute of [...this.kept.values()].reverse()) {
      const limiter = minute.limiters.get(policy.name);
      const count = limiter?.keys.get(keptKey(key));
      if (limiter === undefined || count === undefined) continue;
      count.hundredths = Math.max(0, count.hundredths + hundredths(cost) - hundredths(atFirst));
      markChanged(limiter, count);
      return;
    }
  }

  /** Takes back what was counted a moment ago, in the same task, and turns out to have denied nobody. */
  takeBack(decision: Decision): void {
    const place = outcomeOf(decision, false);
    const key = keptKey(decision.key);
    const limiter = this.#current.limiters.get(decision.policy.name);
    const count = limiter?.keys.get(key);
    if (place === -1 || limiter === undefined) return;
    (count?.tally ?? tallyIn(limiter, this.#planOf(limiter, key))).counts[place]--;
    if (count === undefined) return;
    count.hundredths -= hundredths(decision.cost);
    if (place === 1) count.denials--;
  }

  #add(limiter: LimiterMinute, decision: Decision, place: Exclude<OutcomePlace, -1>, nowMs: number): void {
    const key = keptKey(decision.key);
    let count: KeyCount | undefined = limiter.keys.get(key);
    if (count === undefined) {
      const tally = tallyIn(limiter, this.#planOf(limiter, key));
      if (limiter.keys.size >= mostKeys) {
        this.#addWithoutKey(tally, place);
        return;
      }
      count = keyIn(limiter, key, tally);
    }
    count.tally.counts[place]++;
    count.hundredths += decision.cost === 1 ? 100 : hundredths(decision.cost);
    if (place === 1) {
      count.denials++;
      count.lastDenial = decision;
      count.lastDenialMs = nowMs;
    }
    markChanged(limiter, count);
  }

  #addWithoutKey(tally: Tally, place: Exclude<OutcomePlace, -1>): void {
    tally.counts[place]++;
    this.droppedKeys++;
    if (place === 1) this.droppedDenials++;
  }

  #planOf({ limit }: LimiterMinute, key: string): string {
    const userId = limit?.userOf(key);
    return userId === undefined ? "" : (this.#options.planOf(userId) ?? "");
  }

  #minuteOf(nowMs: number): Minute {
    const minute = this.#current;
    return nowMs >= minute.fromMs && nowMs < minute.toMs ? minute : this.#comeTo(nowMs);
  }

  /** A minute that was left a moment ago goes on where it stood: its keys are not new ones. */
  #comeTo(nowMs: number): Minute {
    const fresh = minuteAt(nowMs);
    const minute = this.kept.get(fresh.fromMs) ?? fresh;
    this.kept.delete(minute.fromMs);
    this.kept.set(minute.fromMs, minute);
    this.#current = minute;
    for (const old of this.kept.values()) {
      if (this.kept.size <= keptMinutes) break;
      this.kept.delete(old.fromMs);
      this.#options.forgetting(old);
    }
    return minute;
  }
}

function markChanged(limiter: LimiterMinute, count: KeyCount): void {
  if (count.isChanged) return;
  count.isChanged = true;
  limiter.changed.push(count);
}
