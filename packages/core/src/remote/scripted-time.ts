/** What replies have told of the server's clock: by how far it differs from ours, and where it has stepped back. */

/** What is known of a clock. Instants so far from any real one that they compare as never stand for nothing. */
export interface SeenTime {
  /** The stretch that was told more than once, beginning behind `from`. */
  from: number;
  to: number;
  /** The latest instant seen. */
  last: number;
}

const never = Number.MAX_SAFE_INTEGER;

export function nothingSeen(): SeenTime {
  return { from: never, to: -never, last: -never };
}

/**
 * Notes the instant of a reply to a call that was sent when `known` was known.
 *
 * Only what was known before the call was sent tells a step back: replies of several connections may overtake each other.
 */
export function noteTime(seen: SeenTime, known: SeenTime, now: number): void {
  if (now >= known.last) {
    seen.last = Math.max(seen.last, now);
    return;
  }
  seen.from = Math.min(seen.from, now);
  seen.to = Math.max(seen.to, known.last);
  seen.last = now;
}

/** Whether a receipt is from a stretch told twice: see `watched` in engine/clock.ts. The script asks the same. */
export function isToldTwice({ from, to, last }: SeenTime, now: number, receipt: number): boolean {
  const stepped = now < last;
  return receipt > (stepped ? Math.min(from, now) : from) && receipt <= (stepped ? Math.max(to, last) : to);
}
