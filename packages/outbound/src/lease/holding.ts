/** A lease that is held: renewed at a third of its life, and given up before it can end elsewhere. */

import type { LeaseAnswer, LeaseRequest } from "@sluice/core/engine";
import type { LocalTime } from "../time/local-time.ts";
import type { Steady } from "../time/steady.ts";
import { LeaseLostError, type LostBecause } from "./lease-lost.ts";

/** A name that is ours for now. */
export interface Holding {
  readonly fence: number;
  /** Aborted with a LeaseLostError. */
  readonly signal: AbortSignal;
  /** Milliseconds that it is still surely ours; at 0 it is lost, or let go. */
  leftMs(): number;
  /** Why it is no longer ours. */
  lost(): LeaseLostError | undefined;
  /** Lets it go and leaves a note. False if it was somebody else's already. */
  end(note: string): Promise<boolean>;
}

export type AskLease = (request: LeaseRequest) => Promise<LeaseAnswer>;

export interface HoldingOptions {
  readonly ask: AskLease;
  readonly time: LocalTime;
  readonly now: Steady;
  readonly key: string;
  /** What people call it. */
  readonly name: string;
  readonly ttlMs: number;
  readonly fence: number;
  /** By `now`, before the lease was asked for: the backend's count of its life began later. */
  readonly askedAtMs: number;
}

/**
 * Keeps a granted lease alive until it is let go or lost.
 *
 * Each renewal has a sixth of the lease's life to be answered; then the next one is sent, and a late answer still counts from
 * the instant at which it was asked. A tenth before the end of what is confirmed the lease is given up, so that a clock that
 * runs a little faster elsewhere, or a timer that is late here, lets no other run begin before this one knows.
 */
export function hold({ ask, time, now, key, name, ttlMs, fence, askedAtMs }: HoldingOptions): Holding {
  const job = new AbortController();
  const keeping = new AbortController();
  const marginMs = Math.ceil(ttlMs / 10);
  let untilMs = askedAtMs + ttlMs;
  let lost: LeaseLostError | undefined;

  const lose = (because: LostBecause): void => {
    if (keeping.signal.aborted) return;
    lost = new LeaseLostError(name, because, fence);
    keeping.abort();
    job.abort(lost);
  };
  const leftMs = (): number => {
    const left = untilMs - marginMs - now();
    if (left <= 0) lose("unconfirmed");
    return keeping.signal.aborted ? 0 : left;
  };

  /** Whether to wait for the next third; otherwise to try again soon. */
  const renew = async (): Promise<boolean> => {
    const sentAtMs = now();
    try {
      const answer = await ask({ name: key, verb: "renew", ttlMs, fence });
      if (answer.granted) untilMs = Math.max(untilMs, sentAtMs + ttlMs);
      else lose(answer.fence === fence ? "ended" : "taken");
      return true;
    } catch {
      return false;
    }
  };

  const renewing = async (): Promise<void> => {
    let waitMs = askedAtMs + ttlMs / 3 - now();
    for (;;) {
      await time.sleep(Math.max(0, waitMs), keeping.signal);
      if (leftMs() === 0) return;
      const sentAtMs = now();
      const answered = await within(time, ttlMs / 6, keeping.signal, renew());
      if (answered === true) waitMs = sentAtMs + ttlMs / 3 - now();
      else waitMs = answered === false ? ttlMs / 12 : 0;
    }
  };
  const guarding = async (): Promise<void> => {
    for (let left = leftMs(); left > 0; left = leftMs()) await time.sleep(left, keeping.signal);
  };
  // Both end by being aborted, and by nothing else that could be told.
  renewing().catch(() => {});
  guarding().catch(() => {});

  return {
    fence,
    signal: job.signal,
    leftMs,
    lost: () => lost,
    async end(note) {
      keeping.abort();
      return (await ask({ name: key, verb: "renew", ttlMs: 0, fence, note })).granted;
    },
  };
}

/** What a promise resolves to, or undefined if that takes longer. */
async function within<T>(
  time: LocalTime,
  ms: number,
  signal: AbortSignal,
  promise: Promise<T>,
): Promise<T | undefined> {
  const waiting = new AbortController();
  const late = time.sleep(ms, AbortSignal.any([signal, waiting.signal])).then(() => undefined);
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    waiting.abort();
  }
}
