/** A place that was taken: it waits, is committed, or is given back. */

/**
 * Units booked on one limit or several, from a slot on.
 *
 * `await using` gives it back if it was never used (`ready()` not awaited to its end, `commit()` not called); once it was
 * ready, it counts as used, since nobody can tell whether the call went out. A process that dies leaves it used.
 */
export interface Reservation extends AsyncDisposable {
  readonly allowed: true;
  /** Units booked. */
  readonly cost: number;
  /** How far ahead the slot was when it was taken, in milliseconds; 0 means start now. */
  readonly delayMs: number;
  /** The slot, by this process's clock. It moves back when somebody in front misses his. */
  readonly readyAtMs: number;
  /** From this instant on nothing can be given back: what became of it is not known, so it counts as used. */
  readonly expiresAtMs: number;
  /** `pending` until it is committed or refunded; `expired` after expiresAtMs. */
  readonly state: "pending" | "committed" | "refunded" | "expired";
  /**
   * Resolves when the call may start. Whoever wakes too late, or finds that the limit was paused meanwhile, gives the slot
   * back and takes another within what is left of the time it was ready to wait.
   *
   * Rejects as `acquire` does; then nothing is booked any more. Called again while it waits, it is the same wait, which heeds
   * the first signal. With ConfigError `SLUICE_RESERVATION_OVER` once the place was given back, or has expired.
   */
  ready(signal?: AbortSignal): Promise<void>;
  /** It was used, for so many units in the end: fewer are given back, more are debited. Once; later calls do nothing. */
  commit(actualCost?: number): Promise<void>;
  /**
   * It was not used: gives back what time has not already returned, to the window it was taken from and no other. Once; after
   * `commit` or `expiresAtMs` nothing. Not for a call whose outcome is unknown: that counts as used.
   */
  refund(): Promise<void>;
}
