/** What a refused client reads: problem details (RFC 9457), or a sentence of plain text for feed readers. */

import { retryAfterSeconds } from "./headers.ts";

/** Why a request was refused; each has one status. */
export type RefusalReason =
  | "quota-exceeded"
  | "limit-zero"
  | "cost-too-high"
  | "cost-unknown"
  | "no-address"
  | "failed-closed";

/** A refusal, before it is written down. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** The names of the policies that refused. */
  readonly violatedPolicies: readonly string[];
  /** Whole milliseconds; absent when waiting does not help. */
  readonly retryAfterMs?: number | undefined;
}

/** A refusal as an HTTP answer. */
export interface RefusalAnswer {
  readonly status: 400 | 403 | 413 | 429 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The problem types of the RateLimit draft, §5; their registration is provisional. */
const types = "https://iana.org/assignments/http-problem-types#";

const answers = {
  "quota-exceeded": [429, `${types}quota-exceeded`, "Too many requests"],
  "limit-zero": [403, "about:blank", "Not included in your plan"],
  "cost-too-high": [413, "about:blank", "More than the limit allows at once"],
  "cost-unknown": [400, "about:blank", "What this request costs cannot be told"],
  "no-address": [403, "about:blank", "The client's address is unknown"],
  "failed-closed": [503, `${types}temporary-reduced-capacity`, "Limits cannot be checked now"],
} as const satisfies Record<RefusalReason, readonly [number, string, string]>;

/** Writes a refusal down as `application/problem+json` or `text/plain`, with `Retry-After` where waiting helps. */
export function refusalAnswer(refusal: Refusal, as: "problem" | "text"): RefusalAnswer {
  const { reason, violatedPolicies, retryAfterMs } = refusal;
  const [status, type, title] = answers[reason];
  const wait = retryAfterMs === undefined ? undefined : retryAfterSeconds(retryAfterMs);
  const again = wait === undefined ? "" : ` Try again in ${wait} second${wait === 1 ? "" : "s"}.`;
  const retry: Record<string, string> = wait === undefined ? {} : { "Retry-After": `${wait}` };
  const common = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...retry };
  if (as === "text") {
    return {
      status,
      headers: { ...common, "Content-Type": "text/plain; charset=utf-8" },
      body: `${title}.${again}\n`,
    };
  }
  const named = violatedPolicies.length === 0 ? "" : ` (${violatedPolicies.join(", ")})`;
  const problem = { type, title, status, detail: `${title}${named}.${again}`, "violated-policies": violatedPolicies };
  return {
    status,
    headers: { ...common, "Content-Type": "application/problem+json" },
    body: JSON.stringify(problem),
  };
}
