/** What a call is refused with while its API's breaker is open. */

import { SluiceError } from "@sluice/core/engine";
import type { Refused } from "./breaker.ts";

/** Nothing was sent: too much has failed of late, a few probes are under way, or somebody has isolated the API. */
export class CircuitOpenError extends SluiceError {
  declare readonly code: "SLUICE_CIRCUIT_OPEN";
  readonly breaker: string;
  readonly because: Refused["because"];
  /** Why it was opened, for people. */
  readonly reason: string | undefined;
  /** Whole milliseconds until a probe may go out; absent for an isolated one. */
  readonly retryAfterMs: number | undefined;
  /** The same as an instant of this process's clock. */
  readonly retryAtMs: number | undefined;

  constructor(name: string, { because, reason, retryAfterMs }: Refused, nowMs: number) {
    const why = reason === undefined ? "" : ` (${reason})`;
    const until = retryAfterMs === undefined ? "until somebody closes it" : `a probe may go out in ${retryAfterMs} ms`;
    super("SLUICE_CIRCUIT_OPEN", `the breaker of ${name} is ${because}${why}: ${until}`);
    this.name = "CircuitOpenError";
    this.breaker = name;
    this.because = because;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.retryAtMs = retryAfterMs === undefined ? undefined : nowMs + retryAfterMs;
  }
}
