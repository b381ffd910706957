/** What stands around a backend and is one itself: deadlines, failure rules, remembered denials, layers. */

export { deadline } from "./deadline.ts";
export { type DenyCacheOptions, denyCache } from "./deny-cache.ts";
export type { FailureRule } from "./failure-rules.ts";
export { type FallbackOptions, fallback } from "./fallback.ts";
export { layered } from "./layered.ts";
