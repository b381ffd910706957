/** A circuit breaker: after too many failures nobody calls for a while, and then a few probe. */

/** How a breaker stands. `isolated` is opened by somebody, and stays so until he closes it. */
export type BreakerPhase = "closed" | "open" | "half-open" | "isolated";

/** A breaker as every process on its backend sees it. For display. */
export interface BreakerState {
  readonly name: string;
  readonly phase: BreakerPhase;
  /** Counts every change: results of calls that began under an earlier one are ignored. */
  readonly generation: number;
  /** When it came to stand so, by the clock of the process that changed it. */
  readonly sinceMs: number;
  /** When probes may go out; absent unless it is open. */
  readonly untilMs?: number | undefined;
  /** Why, for people. */
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  /** Calls and failures within this process's window. */
  readonly calls: number;
  readonly failures: number;
  /** Whether all processes on a backend share it. False also while that backend fails: each then goes by what it knows. */
  readonly isShared: boolean;
}

/** What became of a call. `ignored` is for what tells nothing of the API's health: 429s, and calls that the caller stopped. */
export type CallResult = "success" | "failure" | "ignored";

/** Leave for one call. Its result is told once; where it never comes, its probe's place is free again when its time is over. */
export interface Permit {
  /** Whether it is one of the counted probes of a half-open breaker. */
  readonly isProbe: boolean;
  /** Never rejects, and is over when other processes can see what it changed. */
  done(result: CallResult): void | Promise<void>;
}

/** No call goes out now. */
export interface Refused {
  readonly because: "open" | "half-open" | "isolated";
  /** Whole milliseconds until a probe may go out, at the latest; absent for one that somebody holds open. */
  readonly retryAfterMs?: number | undefined;
  readonly reason?: string | undefined;
}

export interface CircuitBreaker {
  readonly name: string;
  /**
   * Whether a call would be let through now; undefined if so. Takes no probe. From what this process knows, which is at most a
   * second old on a backend elsewhere; then without a promise.
   */
  check(): Refused | undefined | Promise<Refused | undefined>;
  /** Leave for one call, which in a half-open breaker is one of its few probes, counted in one step for all processes. */
  admit(): Permit | Refused | Promise<Permit | Refused>;
  /**
   * Runs a job under the breaker. What it throws is a failure, unless `isFailure` says otherwise; aborts never are.
   *
   * Rejects with CircuitOpenError `SLUICE_CIRCUIT_OPEN` without running it.
   */
  run<T>(job: () => Promise<T>): Promise<T>;
  /** How it stands, by a fresh look; by what this process knows where the backend fails. */
  state(): Promise<BreakerState>;
  /** Opens it in every process until somebody closes it. Rejects where the backend fails: then it is isolated in this one. */
  isolate(options: { readonly reason: string; readonly by: string }): Promise<void>;
  /** Closes it in every process, whatever it was. Rejects where the backend fails: then it is closed in this one. */
  close(options?: { readonly by?: string | undefined }): Promise<void>;
}
