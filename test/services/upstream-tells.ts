/** The headers in which an upstream tells of its limits: true values, each rounded so that who obeys is never too early. */

import type { LimitStanding } from "./upstream-limits.ts";
import type { Tells } from "./upstream-options.ts";

/** What there is to tell. */
export interface Standing {
  readonly limits: readonly LimitStanding[];
  /** How long it refuses everything, whatever its limits say; 0 if it does not. */
  readonly refusesForMs: number;
  readonly isRefusal: boolean;
  /** By the clock that its Date header shows. */
  readonly nowMs: number;
}

/** Header fields by name, in lower case. */
export function told(tells: readonly Tells[], standing: Standing): Record<string, string> {
  return Object.assign({}, ...tells.map((what) => fieldsOf(what, standing)));
}

/** How long until a request fits, by every limit and punishment. */
export function fitsAfterMs({ limits, refusesForMs }: Standing): number {
  return Math.max(refusesForMs, ...limits.map((limit) => limit.fitsAfterMs));
}

function fieldsOf(what: Tells, standing: Standing): Record<string, string> {
  const { isRefusal, nowMs } = standing;
  if (what === "nothing") return {};
  if (what === "retry-after") return isRefusal ? { [what]: `${Math.max(1, seconds(fitsAfterMs(standing)))}` } : {};
  if (what === "retry-after-date") {
    const date = new Date(seconds(nowMs + fitsAfterMs(standing)) * 1000);
    return isRefusal ? { "retry-after": date.toUTCString() } : {};
  }
  const limits = standing.limits.map((limit) => live(limit, standing.refusesForMs));
  const tightest = limits.toSorted((a, b) => a.remaining - b.remaining || b.afterMs - a.afterMs)[0];
  if (tightest === undefined) return {};
  const values = [tightest.limit.limit, tightest.remaining] as const;
  const reset = seconds(tightest.afterMs);
  switch (what) {
    case "draft-6":
      return { ...numbered("ratelimit", ...values, reset), "ratelimit-policy": unnamed(limits) };
    case "draft-7":
      return {
        ratelimit: `limit=${values[0]}, remaining=${values[1]}, reset=${reset}`,
        "ratelimit-policy": unnamed(limits),
      };
    case "draft-11":
      return {
        ratelimit: limits.map((one, i) => `"${nameOf(i)}";r=${one.remaining};t=${seconds(one.afterMs)}`).join(", "),
        "ratelimit-policy": limits.map((one, i) => `"${nameOf(i)}";q=${one.limit.limit}${window(one)}`).join(", "),
      };
    case "x-epoch":
      return numbered("x-ratelimit", ...values, seconds(nowMs + tightest.afterMs));
    case "x-delta":
      return numbered("x-ratelimit", ...values, reset);
  }
}

/** A limit as a client meets it now: while everything is refused, nothing is left. */
function live(standing: LimitStanding, refusesForMs: number) {
  const { limit, remaining, moreAfterMs, fitsAfterMs: ms } = standing;
  if (refusesForMs > 0) return { limit, remaining: 0, afterMs: Math.max(refusesForMs, ms) };
  return { limit, remaining, afterMs: remaining === 0 ? ms : moreAfterMs };
}

type Live = ReturnType<typeof live>;

function numbered(prefix: string, limit: number, remaining: number, reset: number): Record<string, string> {
  return { [`${prefix}-limit`]: `${limit}`, [`${prefix}-remaining`]: `${remaining}`, [`${prefix}-reset`]: `${reset}` };
}

const unnamed = (limits: readonly Live[]): string => limits.map((one) => `${one.limit.limit}${window(one)}`).join(", ");

/** Windows of no whole seconds cannot be told. */
const window = ({ limit: { windowMs } }: Live): string => (windowMs % 1000 === 0 ? `;w=${windowMs / 1000}` : "");

const nameOf = (i: number): string => `limit-${i + 1}`;

const seconds = (ms: number): number => Math.ceil(ms / 1000);
