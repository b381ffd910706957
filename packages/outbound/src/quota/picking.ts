/** Which of several inboxes sends next: the least used, and among equals each in its turn. */

import type { Denial, Violation } from "../limits/denial.ts";
import type { Standing } from "./send-standing.ts";

/**
 * The inbox that has used the smallest part of its day's limit, of those that can send.
 *
 * Equals come by id, beginning one further with each `turn`: where a day's mails do not divide evenly, the odd ones go to
 * others on the next day.
 */
export function leastUsed(standings: readonly Standing[], turn: number): Standing | undefined {
  const byId = [...standings].sort((a, b) => (a.inbox.id < b.inbox.id ? -1 : 1));
  const begin = byId.length === 0 ? 0 : turn % byId.length;
  let best: Standing | undefined;
  for (const standing of [...byId.slice(begin), ...byId.slice(0, begin)]) {
    if (standing.waitMs > 0) continue;
    // Shares compared without dividing: no rounding makes two equals differ.
    if (!best || standing.used * best.limit < best.used * standing.limit) best = standing;
  }
  return best;
}

/**
 * A denial of a list of which no inbox can send: the wait is that of the first one that will, or of what is `inEverybodysWay`
 * if that is longer.
 */
export function noneCanSend(standings: readonly Standing[], inEverybodysWay: readonly Violation[]): Denial {
  const own = standings.map(({ inbox, waitMs, paused }): Violation => {
    return { name: "send.inbox", key: inbox.id, ...waitOf(waitMs), ...(paused && { paused }) };
  });
  const first = Math.min(...standings.map(({ waitMs }) => waitMs));
  const waits = inEverybodysWay.map(({ retryAfterMs = Number.POSITIVE_INFINITY }) => retryAfterMs);
  const wait = waitOf(Math.max(first, ...waits));
  const violations = [...own, ...inEverybodysWay];
  const isPaused = violations.some(({ paused }) => paused !== undefined);
  const because = isPaused ? "paused" : wait.retryAfterMs === undefined ? "never" : "limit";
  return { allowed: false, because, ...wait, violations };
}

function waitOf(ms: number): { readonly retryAfterMs?: number } {
  return Number.isFinite(ms) ? { retryAfterMs: ms } : {};
}
