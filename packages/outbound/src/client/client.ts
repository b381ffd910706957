/** A throttled API client: called as `fetch` is, and keeps its caller in good standing. */

import type { Tuned } from "../adapting/tuning.ts";
import type { BreakerState, CircuitBreaker } from "../breaker/breaker.ts";
import type { Limiter, LimitState, PauseOptions, ResumeOptions } from "../limits/limiter.ts";
import type { FetchBody, FetchInit, FetchInput } from "./fetching.ts";

/** A body, or what makes a new one for every attempt: streams can be sent only once. */
export type ClientBody = FetchBody | (() => FetchBody | Promise<FetchBody>);

/** What a call can be told beside what `fetch` is told. */
export interface ClientInit extends Omit<FetchInit, "body"> {
  readonly body?: ClientBody | null | undefined;
  /** How long this call may wait for its turns, in milliseconds. @default the client's `maxWaitMs` */
  readonly maxWaitMs?: number | undefined;
  /** Units of the limit that each attempt takes. @default 1 */
  readonly cost?: number | undefined;
  /** What the call is expected to cost in the client's second dimension, such as tokens. @default what `units.estimate` says */
  readonly units?: number | undefined;
}

/** How a client stands, for people and pages. */
export interface ClientState {
  readonly name: string;
  /** The limits that its calls wait for: its own first, with its pause. */
  readonly limits: readonly LimitState[];
  readonly tuned: Tuned;
  readonly breaker: BreakerState | undefined;
  /** Retries that the budget has left in this process. */
  readonly retriesLeft: number;
}

/**
 * `fetch` under limits. Resolves with an answer of whatever status, also 429 or 503 where it may not be sent again.
 *
 * Rejects with LimitError `SLUICE_MAX_WAIT` or `SLUICE_PAUSED` when its turn is further ahead than `maxWaitMs` (at once, with
 * `retryAtMs`); CircuitOpenError `SLUICE_CIRCUIT_OPEN`; ClientError `SLUICE_TIMEOUT`; with the signal's reason; with what
 * `fetch` rejects with.
 */
export interface Client {
  (input: FetchInput, init?: ClientInit): Promise<Response>;
  // `name` of a function is its own, and so is this one's.
  readonly name: string;
  /** What its calls wait for. */
  readonly limiter: Limiter;
  readonly breaker: CircuitBreaker | undefined;
  /** Says what a streamed answer cost in the second dimension, where `units.actual` cannot know. Once for an answer. */
  spent(response: Response, units: number): Promise<void>;
  /** Stops all calls to this API in every process; those under way go on. */
  pause(options: PauseOptions): Promise<void>;
  /** Ends a pause: first a probe, then a growing rate. */
  resume(options?: ResumeOptions): Promise<void>;
  state(): Promise<ClientState>;
}
