/** The least that could be done: a Map, a clock, the token bucket's arithmetic and a result with the same numbers. */

/** What Sluice's decision tells in numbers, and nothing else. */
export interface BareDecision {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetAfterMs: number;
  readonly windowAfterMs: number;
  readonly retryAfterMs: number | undefined;
  readonly receipt: number | undefined;
}

/** Decides one unit at `now` for a bucket of `limit` per window; states are changed in place. */
export function bareLoop(limit: number, windowMs: number): (key: string, now: number) => BareDecision {
  const states = new Map<string, { debt: number; at: number }>();
  const unit = 100 * windowMs;
  const full = limit * unit;
  const drain = limit * 100;

  return (key, now) => {
    let state = states.get(key);
    if (state === undefined) {
      state = { debt: 0, at: now };
      states.set(key, state);
    }
    const drained = state.debt - (now - state.at) * drain;
    let debt = Math.max(drained, 0);
    const excess = debt + unit - full;
    const allowed = excess <= 0;
    let receipt: number | undefined;
    let retryAfterMs: number | undefined;
    if (allowed) {
      receipt = now;
      debt += unit;
      state.debt = debt;
      state.at = now;
    } else {
      retryAfterMs = Math.ceil(excess / drain);
    }
    const room = full - debt;
    const remaining = room > 0 ? room / unit : 0;
    const whole = Math.floor(remaining);
    const windowAfterMs = (whole > 0 ? whole * unit : unit - room) / drain;
    return { allowed, remaining, resetAfterMs: debt / drain, windowAfterMs, retryAfterMs, receipt };
  };
}
