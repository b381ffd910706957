/** What became of the calls to one API. */

/** Counts of one API in this process. Plain data. */
export interface ApiCounters {
  /** Calls that came in, whatever became of them. */
  readonly calls: number;
  /** Requests that were sent: retries included. */
  readonly attempts: number;
  readonly retries: number;
  /** Answers that said that there were too many. */
  readonly throttled: number;
  /** Answers of 500 and above, and requests without an answer; timeouts included. */
  readonly failures: number;
  readonly timeouts: number;
  /** Calls that were not sent: their turn was too far ahead, or the breaker open. */
  readonly refused: number;
  /** Calls that the backup was asked. */
  readonly fallbacks: number;
  readonly breakerChanges: number;
  /** How the breaker came to stand at its last change that this process saw; absent if there was none. */
  readonly breaker?: string | undefined;
  /** Calls that wait for their turn now. */
  readonly queue: number;
  /** Waits for a turn that have ended, also those that took no time. */
  readonly waits: number;
  /** How long these have taken, added up, in milliseconds. */
  readonly waitMs: number;
  /** From sending to the answer's headers, added up over all answers, in milliseconds. */
  readonly latencyMs: number;
  readonly answers: number;
  /** Answers by their latency: as many as took up to 1, 2, 4, … 2^15 ms, and longer. */
  readonly latencies: readonly number[];
}

/** Counts for one API; what a client holds. */
export interface ApiMeter {
  call(): void;
  /** A call begins to wait for its turn; the function, once, that it ends to. */
  waits(): () => void;
  attempt(isRetry: boolean): void;
  answer(status: number, latencyMs: number): void;
  throttled(): void;
  /** No answer came. */
  failure(because: "timeout" | "network"): void;
  refused(): void;
  fallback(): void;
  breaker(phase: string): void;
}
