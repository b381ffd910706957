/** The RateLimit fields, from decisions to text: draft-ietf-httpapi-ratelimit-headers-11 and the forms that came before. */

import type { Decision } from "../engine/charge.ts";

/**
 * How numbers are announced. `draft-11` serves readers of drafts 8 to 11, `draft-7` and `draft-6` older ones, and
 * `x-ratelimit` those of GitHub's form, whose reset is an instant in epoch seconds.
 */
export type HeaderFormat = "draft-11" | "draft-7" | "draft-6" | "x-ratelimit";

/** Every format by name. */
export const headerFormats: readonly HeaderFormat[] = ["draft-11", "draft-7", "draft-6", "x-ratelimit"];

/** A header's name and value. */
export type Field = readonly [name: string, value: string];

/** Structured fields allow integers of 15 digits (RFC 9651 §3.3.1). */
const largestInteger = 999_999_999_999_999;

/**
 * The fields of one format for these decisions, the tightest of them first in the list.
 *
 * `nowMs` is used by `x-ratelimit` alone. A decision without `remaining` is announced by its policy only: a number that
 * the backend does not know is not invented.
 */
export function rateLimitFields(
  format: HeaderFormat,
  decisions: readonly Decision[],
  nowMs: () => number = Date.now,
): readonly Field[] {
  if (decisions.length === 0) return [];
  if (format === "draft-11") return lists(decisions);
  const policies: Field = ["RateLimit-Policy", decisions.map(plainPolicy).join(", ")];
  // The older forms have room for one live limit, and no way to leave its reset out.
  const tightest = decisions.find((one) => isKnown(one) && one.resetAfterMs !== undefined);
  if (tightest === undefined) return format === "x-ratelimit" ? [] : [policies];
  const { policy, remaining = 0, resetAfterMs = 0 } = tightest;
  const values = [clamped(policy.limit), clamped(Math.floor(remaining))] as const;
  if (format === "x-ratelimit") return numbered("X-RateLimit", [...values, seconds(nowMs() + resetAfterMs)]);
  const reset = seconds(resetAfterMs);
  if (format === "draft-6") return [policies, ...numbered("RateLimit", [...values, reset])];
  return [policies, ["RateLimit", `limit=${values[0]}, remaining=${values[1]}, reset=${reset}`]];
}

/** The two lists of draft-11, written without intermediate ones: nearly every answer carries them. */
function lists(decisions: readonly Decision[]): readonly Field[] {
  let policies = "";
  let limits = "";
  for (const decision of decisions) {
    const name = quoted(decision.policy.name);
    const comma = policies === "" ? "" : ", ";
    policies += `${comma}${name};q=${plainPolicy(decision)}`;
    if (isKnown(decision)) limits += `${limits === "" ? "" : ", "}${name}${limitParameters(decision)}`;
  }
  const announced: Field = ["RateLimit-Policy", policies];
  return limits === "" ? [announced] : [announced, ["RateLimit", limits]];
}

/** Whether the backend could tell what is left; NaN is no number of units either. */
function isKnown({ remaining }: Decision): boolean {
  return remaining !== undefined && remaining >= 0;
}

/** `;r=59;t=60`: units left, rounded down, and the time within which no more can be used, rounded up. */
function limitParameters({ remaining = 0, windowAfterMs, retryAfterMs }: Decision): string {
  const left = `;r=${clamped(Math.floor(remaining))}`;
  if (windowAfterMs === undefined) return left;
  // Retry-After must not point earlier than `t`, and a client that waits the one must not be held up by the other.
  const ms = retryAfterMs === undefined ? windowAfterMs : Math.min(windowAfterMs, retryAfterMs);
  return `${left};t=${Math.max(seconds(ms), 1)}`;
}

/** Whole seconds, rounded up, at least 1: a client that waits this long does not come too early. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, seconds(retryAfterMs));
}

/** Milliseconds to seconds, rounded up: the one place where time leaves its unit. */
function seconds(ms: number): number {
  return clamped(Math.ceil(ms / 1000));
}

function clamped(integer: number): number {
  return Math.min(integer, largestInteger);
}

/** A String of RFC 9651; names are printable ASCII already. */
function quoted(name: string): string {
  return `"${/["\\]/.test(name) ? name.replace(/["\\]/g, "\\$&") : name}"`;
}

/** `60;w=60`: a calendar's window has no fixed length, and a window of no whole seconds no `w`. */
function plainPolicy({ policy, servedLimit = policy.limit }: Decision): string {
  const limit = `${clamped(servedLimit)}`;
  if (policy.algorithm === "calendar" || policy.windowMs % 1000 !== 0) return limit;
  return `${limit};w=${policy.windowMs / 1000}`;
}

function numbered(prefix: string, [limit, remaining, reset]: readonly [number, number, number]): readonly Field[] {
  return [
    [`${prefix}-Limit`, `${limit}`],
    [`${prefix}-Remaining`, `${remaining}`],
    [`${prefix}-Reset`, `${reset}`],
  ];
}
