/** What a waiting verb rejects with when it may not wait: the denial, as an error. */

import { SluiceError } from "@sluice/core/engine";
import type { Denial } from "./denial.ts";

/** Stable codes; each has a section in docs/errors.md. */
export type LimitErrorCode = "SLUICE_MAX_WAIT" | "SLUICE_PAUSED" | "SLUICE_COST_NEVER_FITS";

/** Not now, and not within the time that the caller was ready to wait. Nothing is booked. */
export class LimitError extends SluiceError {
  declare readonly code: LimitErrorCode;
  readonly denial: Denial;
  /** Whole milliseconds after which the same call fits if nobody else comes; absent when no wait helps. */
  readonly retryAfterMs: number | undefined;
  /** The same as an instant of this process's clock. */
  readonly retryAtMs: number | undefined;

  constructor(denial: Denial, nowMs: number) {
    const { because, retryAfterMs, violations } = denial;
    const names = violations
      .map(({ name, key }) => (key === "" ? name : `${name} of ${JSON.stringify(key)}`))
      .join(", ");
    const until = retryAfterMs === undefined ? "" : `; it fits in ${retryAfterMs} ms`;
    const [code, problem] = {
      limit: ["SLUICE_MAX_WAIT", `the next place is further ahead than maxWaitMs: ${names}${until}`] as const,
      paused: ["SLUICE_PAUSED", `paused: ${names}${until}`] as const,
      never: ["SLUICE_COST_NEVER_FITS", `this cost is above what can ever fit: ${names}`] as const,
    }[because];
    super(code, problem);
    this.name = "LimitError";
    this.denial = denial;
    this.retryAfterMs = retryAfterMs;
    this.retryAtMs = retryAfterMs === undefined ? undefined : nowMs + retryAfterMs;
  }
}
