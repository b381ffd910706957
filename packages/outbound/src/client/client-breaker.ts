/** The circuit breaker of a client: its name, backend and time are the client's, and its probes outlast a call. */

import { ConfigError } from "@sluice/core/engine";
import type { Tuning } from "../adapting/tuning.ts";
import type { CircuitBreaker } from "../breaker/breaker.ts";
import { circuitBreaker } from "../breaker/circuit-breaker.ts";
import { longestOpenMs } from "../breaker/stored.ts";
import type { ClientOptions } from "./client-options.ts";

/** A probe's place is its own for so long, or for twice an attempt's time if that is longer. */
const leastProbeMs = 60_000;

/**
 * The breaker that these options make; undefined for none.
 *
 * @throws ConfigError `SLUICE_OPTION_…`.
 */
export function breakerOf(options: ClientOptions, timeoutMs: number, tuned: Tuning): CircuitBreaker | undefined {
  const { name, backend, key, time, metrics, breaker = {} } = options;
  if (breaker === false) return undefined;
  for (const own of ["name", "backend", "key", "isFailure", "time", "metrics"]) {
    if (!Object.hasOwn(breaker, own)) continue;
    const cure = "Leave it out there, or give it to createClient() itself.";
    throw new ConfigError("SLUICE_OPTION_UNKNOWN", "breaker of createClient() has no such option", own, cure);
  }
  const { probeTimeoutMs = probeTimeFor(timeoutMs) } = breaker;
  const made = circuitBreaker({
    ...breaker,
    probeTimeoutMs,
    name,
    backend,
    key,
    time,
    metrics,
    // After an outage the rate grows as it does after a pause: all who waited come back at once.
    async onClose() {
      await tuned.hold(1, "the circuit breaker closed");
      await breaker.onClose?.();
    },
  });
  // A probe that is answered later than its place is kept would never count, and another would go out beside it.
  if (probeTimeoutMs < Math.min(longestOpenMs, timeoutMs) && timeoutMs !== Number.POSITIVE_INFINITY) {
    const problem = "probeTimeoutMs of a client's breaker has to be at least timeoutMs";
    const cure = "Make it longer, or leave it out.";
    throw new ConfigError("SLUICE_OPTION_TYPE", problem, probeTimeoutMs, cure);
  }
  return made;
}

function probeTimeFor(timeoutMs: number): number {
  if (timeoutMs === Number.POSITIVE_INFINITY) return leastProbeMs;
  return Math.min(longestOpenMs, Math.max(leastProbeMs, Math.ceil(2 * timeoutMs)));
}
