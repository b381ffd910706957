/** A limit that is found out: lowered when the API refuses what it was said to allow, raised again with care. */

/** The limit as it is kept now, in every process on the backend. */
export interface Tuned {
  /** Units in the limiter's window that are used at most; the configured limit if nothing was learned. */
  readonly limit: number;
  readonly configured: number;
  /** When it was changed last, by the clock of the process that changed it; absent if it never was. */
  readonly changedMs?: number | undefined;
  /** When the next careful step up may be taken; absent while the limit is whole. */
  readonly raiseAtMs?: number | undefined;
}

/** What a client tells of its calls, and asks. */
export interface Tuning {
  /** A call of so many units (1) is sent; the number tells its answer apart from those of calls that were sent earlier. */
  sent(units?: number): number;
  /** Its answer came and was no refusal: it may be time for a step up. */
  accepted(call: number): void | Promise<void>;
  /**
   * It was refused for there being too many. Holds everybody for `waitMs`; where the API did not say for how long (or 0), or
   * still refuses afterwards, ever longer from one such event to the next. And lowers the limit: by the first refusal of calls
   * that were sent under it, corrected where later answers of the same event make the estimate better.
   */
  throttled(call: number, waitMs: number | undefined, reason: string): void | Promise<void>;
  /** Holds every caller in every process for so long, and a little longer at random; the later end of two holds. Lowers nothing. */
  hold(waitMs: number, reason: string): void | Promise<void>;
  /** The answer announced these limits: ours is not above them while that holds. */
  announced(limits: readonly { readonly limit: number; readonly windowMs: number }[]): void;
  state(): Promise<Tuned>;
}
