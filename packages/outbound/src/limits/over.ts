/** The mistake of waiting for a place that is over. */

import { ConfigError } from "@sluice/core/engine";

export function over(state: "refunded" | "expired"): ConfigError {
  const cure = "Take another one: tryAcquire(), reserve() or acquire().";
  return new ConfigError("SLUICE_RESERVATION_OVER", "a reservation is waited for before it is over", state, cure);
}
