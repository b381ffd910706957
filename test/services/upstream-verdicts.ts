/** What becomes of each request at an upstream: its limits, its punishments, its bans, and what goes wrong. */

import { type LimitStanding, mostWithin, type Taken, taken } from "./upstream-limits.ts";
import type { Fault, UpstreamCounts, UpstreamOptions, UpstreamRequest } from "./upstream-options.ts";

/** Whether a request may have an answer. What goes wrong with it is asked once it is known wholly. */
export interface Verdict {
  /** The request's, from 1. */
  readonly number: number;
  readonly is: "accepted" | "refused" | "banned";
  readonly limits: readonly LimitStanding[];
  readonly refusesForMs: number;
}

export interface Verdicts {
  /** Decides about a request that came now, and takes its place. */
  decide(nowMs: number): Verdict;
  /** What goes wrong with an accepted request; it counts as a fault from then on. */
  faultOf(request: UpstreamRequest): Fault | undefined;
  foreign(cost: number, nowMs: number): boolean;
  /** To be told before the options change: what somebody else took so far was taken under the old ones. */
  beforeChange(nowMs: number): void;
  counts(): UpstreamCounts;
  acceptedAt(): readonly number[];
  requestedAt(): readonly number[];
  mostWithin(windowMs: number, what: "accepted" | "requested"): number;
}

/** Begins with nothing taken, under the options as they are whenever it is asked. */
export function verdicts(options: () => UpstreamOptions, nowMs: number): Verdicts {
  const log: Taken = taken();
  const counts = { requests: 0, accepted: 0, refused: 0, banned: 0, faults: 0, bans: 0 };
  const accepted = new Map<number, number>();
  const requested: number[] = [];
  let refusals: number[] = [];
  let [blockedUntilMs, bannedUntilMs] = [0, 0];
  let foreignTaken = 0;
  let foreignSinceMs = nowMs;
  let random: { readonly seed: number; next(): number } | undefined;

  const punishes = (now: number): boolean => now < blockedUntilMs || now < bannedUntilMs;

  /** Lets somebody else take what he would have taken by now, each at its own instant. */
  const foreignUntil = (now: number): void => {
    const { foreignPerSecond = 0, limits = [] } = options();
    const due = Math.floor(((now - foreignSinceMs) * foreignPerSecond) / 1000);
    for (; foreignTaken < due; foreignTaken++) {
      const atMs = foreignSinceMs + ((foreignTaken + 1) * 1000) / foreignPerSecond;
      if (!punishes(atMs)) log.take(limits, atMs, 1);
    }
  };

  const verdict = (is: Verdict["is"], now: number): Verdict => {
    const limits = (options().limits ?? []).map((limit) => log.standing(limit, now));
    return {
      number: counts.requests,
      is,
      limits,
      refusesForMs: Math.max(0, blockedUntilMs - now, bannedUntilMs - now),
    };
  };

  const refuse = (now: number): Verdict => {
    const { penaltyMs, ban } = options();
    counts.refused++;
    if (penaltyMs !== undefined) blockedUntilMs = now + penaltyMs;
    if (ban !== undefined) {
      refusals = [...refusals.filter((at) => at > now - ban.withinMs), now];
      if (refusals.length >= ban.after) {
        refusals = [];
        bannedUntilMs = now + ban.forMs;
        counts.bans++;
      }
    }
    return verdict("refused", now);
  };

  return {
    decide(now) {
      counts.requests++;
      requested.push(now);
      foreignUntil(now);
      if (now < bannedUntilMs) {
        counts.banned++;
        return verdict("banned", now);
      }
      if (now < blockedUntilMs || !log.take(options().limits ?? [], now, 1)) return refuse(now);
      counts.accepted++;
      accepted.set(counts.requests, now);
      return verdict("accepted", now);
    },

    faultOf(request) {
      const { fault, failing } = options();
      let found = fault?.(request);
      if (failing !== undefined) {
        if (random?.seed !== failing.seed) random = { seed: failing.seed, next: seeded(failing.seed) };
        // Drawn for every request, so that another fault shifts nothing.
        const isFailing = random.next() < failing.share;
        if (isFailing) found ??= failing.status;
      }
      // After a reset the request is no longer known.
      if (found !== undefined && accepted.delete(request.number)) {
        counts.accepted--;
        counts.faults++;
      }
      return found;
    },

    foreign(cost, now) {
      foreignUntil(now);
      return !punishes(now) && log.take(options().limits ?? [], now, cost);
    },

    beforeChange(now) {
      foreignUntil(now);
      [foreignTaken, foreignSinceMs] = [0, now];
    },

    counts: () => ({ ...counts }),
    acceptedAt: () => [...accepted.values()],
    requestedAt: () => [...requested],
    mostWithin: (windowMs, what) => mostWithin(what === "accepted" ? [...accepted.values()] : requested, windowMs),
  };
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
