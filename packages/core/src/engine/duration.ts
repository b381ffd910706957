/** Lengths of time as people write them: `"10s"`, `"15m"`, turned into whole milliseconds once. */

import { ConfigError } from "./errors.ts";

/** A whole number and a unit: milliseconds, seconds, minutes, hours or days of exactly 24 hours. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * The milliseconds in a duration.
 *
 * @throws ConfigError `SLUICE_DURATION` unless it is a whole number above zero followed by ms, s, m, h or d.
 */
export function durationMs(duration: Duration): number {
  const parts = /^([1-9]\d{0,14})(ms|s|m|h|d)$/.exec(duration);
  const ms = parts === null ? Number.NaN : Number(parts[1]) * unitMs[parts[2] as keyof typeof unitMs];
  if (!Number.isSafeInteger(ms)) {
    throw new ConfigError(
      "SLUICE_DURATION",
      "a duration is a whole number above zero and a unit",
      duration,
      'Write it like "500ms", "10s", "1m", "24h" or "30d".',
    );
  }
  return ms;
}
