/** A job that never overlaps with itself: what it is given, and what became of it. */

/** What a job runs by. */
export interface JobRun {
  readonly name: string;
  /** Aborted with `LeaseLostError` before the lease can end elsewhere, or with the reason of the caller's own signal. */
  readonly signal: AbortSignal;
  /** Larger than every one before it, in whichever process. Let whatever the job writes to refuse smaller ones. */
  readonly fence: number;
  /** The scheduled instant that this run stands for. */
  readonly instantMs?: number | undefined;
  /**
   * How long the lease is still ours if no renewal is confirmed, in milliseconds, by this process's own view. Where it is 0 the
   * lease is lost and the signal is aborted: ask before each effect that cannot be fenced.
   */
  leftMs(): number;
}

export type Job<Value> = (run: JobRun) => Value | Promise<Value>;

/**
 * What happens while the name is held.
 *
 * - `skip`: nothing; the skip is recorded.
 * - `queue-one`: one caller of all processes waits for its turn, whoever comes later is skipped.
 * - `cancel-previous`: the lease is taken over, and the holder's signal is aborted at its next renewal at the latest.
 */
export type Overlap = "skip" | "queue-one" | "cancel-previous";

export interface LeaseOptions {
  /** @default "skip" */
  readonly overlap?: Overlap | undefined;
  /**
   * The scheduled instant that the run stands for, in milliseconds since 1970. It begins at most once, in whichever process,
   * and no earlier one begins after it. A run whose process died counts as begun.
   */
  readonly instantMs?: number | undefined;
  /** Who runs it, for people: a host or a process. At most 100 characters. */
  readonly by?: string | undefined;
  /**
   * How long `queue-one` waits for its turn, in milliseconds.
   * @default as long as the name is held
   */
  readonly maxWaitMs?: number | undefined;
  /** Stops waiting, and aborts the job's own signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Why a job did not run.
 *
 * - `held`: another run has the name.
 * - `queued`: another caller waits for it already.
 * - `done`: its instant, or a later one, has begun before.
 * - `cancelled`: somebody took the name over before the job could begin.
 */
export type NotRun = "held" | "queued" | "done" | "cancelled";

/** What became of a job that did not fail; tell them apart by `ran`. */
export type LeaseOutcome<Value> =
  | { readonly ran: true; readonly value: Value; readonly fence: number }
  | {
      readonly ran: false;
      readonly because: NotRun;
      /** For so many milliseconds the name is still held, unless it is renewed or let go. */
      readonly heldForMs?: number | undefined;
    };
