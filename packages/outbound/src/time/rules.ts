/** How options that have to do with waiting are checked. */

import type { Rule } from "@sluice/core/engine";
import type { LocalTime } from "./local-time.ts";

export const aLocalTime: Rule = [
  (time: Partial<LocalTime> | null) => typeof time?.now === "function" && typeof time.sleep === "function",
  "a time with now() and sleep()",
];

export const aSignal: Rule = [
  (value: unknown) => typeof (value as AbortSignal | null)?.addEventListener === "function",
  "an AbortSignal",
];

/** A longest wait, which may be without end. */
export const aMaxWait: Rule = [
  (ms: unknown) => typeof ms === "number" && ms >= 0,
  "a number of milliseconds of at least 0",
];
