/** METRICS_TOKEN, as every composition root checks it; it is never shown. */

import type { Mistaken } from "./mistake.ts";

/** A shorter one could be guessed. */
const shortestToken = 16;

/** What whoever reads /metrics has to show; undefined where there is no such route. */
export function metricsToken(given: unknown, mistaken: Mistaken): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" && given.length >= shortestToken && /^[\x21-\x7e]+$/.test(given)) return given;
  const cure = "make one of 32 random bytes, as `openssl rand -hex 32` does";
  mistaken(
    `METRICS_TOKEN is set, but has fewer than ${shortestToken} characters or some that are not printable ASCII; ${cure}`,
  );
  return undefined;
}
