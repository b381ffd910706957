/** What a refused client reads: problem details (RFC 9457), or a sentence of plain text for feed readers. */

import { retryAfterSeconds } from "./headers.ts";

/** Why a request was refused; each has one status. */
export type RefusalReason =
  | "quota-exceeded"
  | "limit-zero"
  | "blocked"
  | "feed-unavailable"
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

/** The status of a refusal. */
export type RefusalStatus = 400 | 403 | 413 | 429 | 503;

/** The body of a refusal, as JSON. */
export interface RefusalProblem<Status extends RefusalStatus = RefusalStatus> {
  /** The problem type of the RateLimit draft, or `about:blank`. */
  readonly type: string;
  readonly title: string;
  readonly status: Status;
  /** A sentence: what was refused, by which policies, and when to try again. */
  readonly detail: string;
  /** The names of the policies that refused. */
  readonly "violated-policies": readonly string[];
}

/** A refusal as an HTTP answer. */
export interface RefusalAnswer {
  readonly status: RefusalStatus;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The problem types of the RateLimit draft, §5; their registration is provisional. */
const types = "https://iana.org/assignments/http-problem-types#";

const answers: Readonly<Record<RefusalReason, readonly [status: RefusalStatus, title: string, type?: string]>> = {
  "quota-exceeded": [429, "Too many requests", `${types}quota-exceeded`],
  "limit-zero": [403, "Not included in your plan"],
  // Until when and why is not told: whoever asks may hold a key that was stolen.
  blocked: [403, "This account is blocked"],
  // The same for an owner who is blocked and one whose plan has no feeds: to readers neither is known.
  "feed-unavailable": [403, "This feed is not available"],
  "cost-too-high": [413, "More than the limit allows at once"],
  "cost-unknown": [400, "What this request costs cannot be told"],
  "no-address": [403, "The client's address is unknown"],
  "failed-closed": [503, "Limits cannot be checked now", `${types}temporary-reduced-capacity`],
};

/** Puts a refusal into words. */
export function refusalProblem({ reason, violatedPolicies, retryAfterMs }: Refusal): RefusalProblem {
  const [status, title, type = "about:blank"] = answers[reason];
  const named = violatedPolicies.length === 0 ? "" : ` (${violatedPolicies.join(", ")})`;
  const detail = `${title}${named}.${again(retryAfterMs)}`;
  return { type, title, status, detail, "violated-policies": violatedPolicies };
}

/** Writes a refusal down as `application/problem+json` or `text/plain`, with `Retry-After` where waiting helps. */
export function refusalAnswer(refusal: Refusal, as: "problem" | "text"): RefusalAnswer {
  const { retryAfterMs } = refusal;
  const problem = refusalProblem(refusal);
  const { status, title } = problem;
  const isText = as === "text";
  const headers = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...(retryAfterMs !== undefined && { "Retry-After": `${retryAfterSeconds(retryAfterMs)}` }),
    "Content-Type": isText ? "text/plain; charset=utf-8" : "application/problem+json",
  };
  return { status, headers, body: isText ? `${title}.${again(retryAfterMs)}\n` : JSON.stringify(problem) };
}

function again(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return "";
  const wait = retryAfterSeconds(retryAfterMs);
  return ` Try again in ${wait} second${wait === 1 ? "" : "s"}.`;
}
