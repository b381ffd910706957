/** The error of a job whose lease did not last: with it its signal is aborted, and its run is told as lost. */

import { SluiceError } from "@sluice/core/engine";

/**
 * How a lease was lost: somebody took it over, it had ended by the backend's clock, or no renewal was confirmed while it was
 * surely ours.
 */
export type LostBecause = "taken" | "ended" | "unconfirmed";

const told: Readonly<Record<LostBecause, string>> = {
  taken: "somebody else has taken it",
  ended: "it had ended when it was to be renewed",
  unconfirmed: "no renewal was confirmed in time",
};

/** The lease of a running job is lost, so another run may begin. `cause` is what the job failed with, if it did. */
export class LeaseLostError extends SluiceError {
  readonly because: LostBecause;
  /** Of the lease that was lost. */
  readonly fence: number;

  constructor(name: string, because: LostBecause, fence: number, options?: { readonly cause?: unknown }) {
    super("SLUICE_LEASE_LOST", `the lease of ${JSON.stringify(name)} is lost: ${told[because]}`, options);
    this.name = "LeaseLostError";
    this.because = because;
    this.fence = fence;
  }
}
