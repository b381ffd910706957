/** The calls that this process sent lately: when, how many units, and what became of them. */

import type { Seen } from "./finding.ts";

/** So many are remembered; a window with more is judged by its newest. */
const mostCalls = 20_000;

/** Nothing that is sent arrives later than this, or hardly anything. */
const latestMs = 5_000;

interface Call {
  readonly sentMs: number;
  readonly units: number;
  answer: "accepted" | "refused" | undefined;
  answeredMs: number;
}

export interface RecentCalls {
  /** Numbers count up from 1. */
  sent(units: number): number;
  answered(number: number, answer: "accepted" | "refused"): void;
  /** The number of the newest call, or of the newest that was sent up to an instant; 0 before the first. */
  newest(upToMs?: number): number;
  /** When it was sent; undefined for one that is too long ago. */
  sentMs(number: number): number | undefined;
  /** When it reached the API at the latest, as far as can be told: an answer takes no less than the quickest of them. */
  arrivedMs(number: number): number | undefined;
  /** What became of those that reached the API from an instant on, up to this number. */
  seen(fromMs: number, newest: number): Seen;
}

/** Remembers calls for `keptMs`. */
export function recentCalls(keptMs: number, now: () => number): RecentCalls {
  let calls: Call[] = [];
  let gone = 0;
  let first = 0;
  let quickestMs = Number.POSITIVE_INFINITY;

  /** Forgets in bulk, so that a call costs the same however many are remembered. */
  const forget = (at: number): void => {
    while (first < calls.length && (calls[first] as Call).sentMs < at - keptMs) first++;
    first = Math.max(first, calls.length - mostCalls);
    if (first < 64 || first * 2 < calls.length) return;
    calls = calls.slice(first);
    gone += first;
    first = 0;
  };
  const arrived = ({ sentMs, answeredMs }: Call): number =>
    Math.max(sentMs, answeredMs - Math.min(quickestMs, latestMs));
  const find = (number: number): Call | undefined => calls[number - 1 - gone];

  return {
    sent(units) {
      const sentMs = now();
      forget(sentMs);
      calls.push({ sentMs, units, answer: undefined, answeredMs: sentMs });
      return gone + calls.length;
    },
    answered(number, answer) {
      const call = find(number);
      if (call === undefined) return;
      call.answer = answer;
      call.answeredMs = now();
      quickestMs = Math.min(quickestMs, Math.max(0, call.answeredMs - call.sentMs));
    },
    newest(upToMs = Number.POSITIVE_INFINITY) {
      let last = calls.length;
      while (last > 0 && (calls[last - 1] as Call).sentMs > upToMs) last--;
      return gone + last;
    },
    sentMs: (number) => find(number)?.sentMs,
    arrivedMs(number) {
      const call = find(number);
      return call && arrived(call);
    },
    seen(fromMs, newest) {
      let accepted = 0;
      let refused = 0;
      for (let i = Math.min(newest - gone, calls.length) - 1; i >= 0; i--) {
        const call = calls[i] as Call;
        const { sentMs, units, answer } = call;
        if (sentMs < fromMs - latestMs) break;
        if (answer === undefined || arrived(call) < fromMs) continue;
        if (answer === "accepted") accepted += units;
        else refused += units;
      }
      return { accepted, refused };
    },
  };
}
