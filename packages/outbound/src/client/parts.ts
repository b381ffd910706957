/** What a client is put together from, for those who carry out its calls. */

import type { Tuning } from "../adapting/tuning.ts";
import type { CircuitBreaker } from "../breaker/breaker.ts";
import type { Limiter, NamedLimiter } from "../limits/limiter.ts";
import type { ApiMeter } from "../metrics/api-meter.ts";
import type { Arrivals } from "./arrivals.ts";
import type { ClientOptions } from "./client-options.ts";
import type { FetchInit, FetchInput } from "./fetching.ts";
import type { Additions } from "./outgoing.ts";
import type { RetryRule } from "./retry.ts";
import type { Timeouts } from "./timeout.ts";
import type { Units } from "./units.ts";

/** Everything that the calls of one client share. */
export interface Parts extends Timeouts {
  readonly maxWaitMs: number;
  readonly additions: Additions;
  readonly fetch: (input: FetchInput, init?: FetchInit) => Promise<Response>;
  /** The client's own limit, whose pause is the client's. */
  readonly own: NamedLimiter;
  /** What every request takes: the own limit and those beside it. */
  readonly limiter: Limiter;
  readonly units: Units | undefined;
  readonly breaker: CircuitBreaker | undefined;
  readonly tuning: Tuning;
  readonly retry: RetryRule;
  readonly isThrottled: ClientOptions["isThrottled"];
  readonly fallback: ClientOptions["fallback"];
  readonly meter: ApiMeter | undefined;
  readonly arrivals: Arrivals;
  /** Requests that are sent and not answered yet, in this process. */
  inFlight: number;
}
