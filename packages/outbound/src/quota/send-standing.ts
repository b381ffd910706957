/** How every limit of a send stands: read in one trip, to pick by and to show. */

import { finite, opensIn } from "../limits/held.ts";
import type { LimitState, Pause } from "../limits/limiter.ts";
import { Limits } from "../limits/limits.ts";
import { statesOf } from "../limits/peek.ts";
import { allowanceOfDate, type Inbox } from "./inbox.ts";
import type { SendLimits } from "./send-limits.ts";

/** A limit that nobody reaches: under it `used` tells what was used, also where a limit was lowered below that. */
const readingLimit = 1_000_000_000;

/** An inbox as it stands on its local day. */
export interface Standing {
  readonly inbox: Inbox;
  /** Its local date. */
  readonly date: string;
  /** Mails that it may send on it. */
  readonly limit: number;
  /** Mails sent or reserved on it. */
  readonly used: number;
  /** Until its day ends, in milliseconds. */
  readonly dayEndsInMs: number;
  readonly paused: Pause | undefined;
  /** Until it can send as far as its own limits go, in milliseconds: 0 when it can, Infinity when no wait helps. */
  readonly waitMs: number;
}

/** The organisation's day and hour, and each inbox. */
export interface Standings {
  readonly day: LimitState;
  readonly hour: LimitState;
  readonly each: readonly Standing[];
}

/** Reads them. Books nothing. */
export async function standingsOf(
  { surroundings, day, hour, of }: SendLimits,
  inboxes: readonly Inbox[],
  perInbox: number,
  dateIn: (timeZone: string) => string,
): Promise<Standings> {
  const own = inboxes.map((inbox) => of(inbox, readingLimit));
  const states = await statesOf(new Limits([day, hour, ...own], surroundings));
  const [ofDay, ofHour, ...ofEach] = states as readonly [LimitState, LimitState, ...LimitState[]];
  const { held, time } = surroundings;
  const each = inboxes.map((inbox, i): Standing => {
    const { used = 0, resetAfterMs = 0, paused } = ofEach[i] as LimitState;
    const gate = own[i]?.gate;
    const date = dateIn(inbox.timeZone);
    const limit = allowanceOfDate(inbox, date, perInbox);
    const dayEndsInMs = Math.ceil(resetAfterMs);
    const fullMs = used < limit ? 0 : limit === 0 ? Number.POSITIVE_INFINITY : dayEndsInMs;
    const pausedMs = gate && opensIn(held.get(gate.id), gate, time.now());
    const heldMs = pausedMs === undefined ? 0 : (finite(pausedMs) ?? Number.POSITIVE_INFINITY);
    return { inbox, date, limit, used, dayEndsInMs, paused, waitMs: Math.max(fullMs, heldMs) };
  });
  return { day: ofDay, hour: ofHour, each };
}
