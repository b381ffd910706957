/** How far a quota is used, as plain data for pages and logs. */

import type { LimitState, Pause } from "../limits/limiter.ts";
import type { Standings } from "./send-standing.ts";
import { warmupDay } from "./warmup-progress.ts";

/** A limit, and how much of it is used. */
export interface Used {
  readonly limit: number;
  /** Mails sent or reserved; above the limit where that was lowered since. */
  readonly used: number;
  /** What is left; never negative. */
  readonly remaining: number;
  /** Until it is as if never used, in milliseconds. */
  readonly resetAfterMs: number;
}

/** One inbox, on its local day. */
export interface InboxUsage extends Used {
  readonly id: string;
  /** Its local date, as `2027-03-28`. */
  readonly date: string;
  /** Absent for an inbox without a warm-up. */
  readonly warmupDay?: number | undefined;
  /** Whether a complaint holds it on that day. */
  readonly held: boolean;
  /** Whether its own limits let it send now. */
  readonly canSend: boolean;
  readonly paused?: Pause | undefined;
}

/** A quota as it stands. What it says may be over at once: to send, reserve. */
export interface SendUsage {
  readonly hour: Used;
  readonly day: Used;
  readonly paused?: Pause | undefined;
  /** In the order in which they were asked for. */
  readonly inboxes: readonly InboxUsage[];
}

/** Puts what was read into a page's words. */
export function usageOf({ day, hour, each }: Standings): SendUsage {
  return {
    hour: usedOf(hour),
    day: usedOf(day),
    paused: hour.paused,
    inboxes: each.map(({ inbox: { id, warmup }, date, limit, used, dayEndsInMs, paused, waitMs }) => ({
      id,
      date,
      warmupDay: warmup && warmupDay(warmup, date),
      held: warmup?.heldOnDay !== undefined,
      limit,
      used,
      remaining: Math.max(0, limit - used),
      resetAfterMs: dayEndsInMs,
      canSend: waitMs === 0,
      paused,
    })),
  };
}

function usedOf({ limit, used = 0, remaining = 0, resetAfterMs = 0 }: LimitState): Used {
  return { limit, used, remaining, resetAfterMs };
}
