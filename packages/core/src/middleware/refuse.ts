/** Turns a refusal into an answer, a hook's call and a line in the log. */

import type { Context, Env } from "hono";
import type { Decision, Outcome } from "../engine/charge.ts";
import { type Refusal, refusalAnswer } from "../http/problem.ts";
import type { Complain } from "../limiters/hooks.ts";
import type { Asked } from "../limiters/limiter.ts";
import type { Denied } from "./denial-log.ts";
import type { DenialEvent, RateLimitOptions, Refused } from "./options.ts";
import { answer } from "./response.ts";

/** A limiter that refuses, and the backend's decision if it came to that. */
export interface Denial<C> {
  readonly asked: Asked<C>;
  readonly decision?: Decision | undefined;
}

/** Who hears of a refusal. */
export interface RefusalHooks<E extends Env> {
  readonly onDenied: RateLimitOptions<E>["onDenied"];
  readonly log: ((denied: Denied) => void) | undefined;
  readonly complain: Complain;
}

/** The limiters that refuse by the backend's decision. */
export function denialsOf<C>(charged: readonly Asked<C>[], decisions: readonly Decision[]): readonly Denial<C>[] {
  return charged
    .map((asked, index): Denial<C> => ({ asked, decision: decisions[index] }))
    .filter(({ asked, decision }) => decision?.allowed === false && !asked.limiter.shadow);
}

/** Answers a refused request. */
export async function refuse<E extends Env>(
  context: Context<E>,
  { onDenied, log, complain }: RefusalHooks<E>,
  denials: readonly Denial<Context<E>>[],
  { decisions, retryAfterMs }: Outcome,
): Promise<void> {
  const refusal: Refusal = {
    reason: reasonOf(denials),
    violatedPolicies: denials.map(({ asked }) => asked.limiter.name),
    retryAfterMs,
  };
  for (const denial of denials) log?.(logged(denial));
  const asText = denials.some(({ asked }) => asked.limiter.body === "text") && !wantsJson(context.req.raw);
  const own = refusalAnswer(refusal, asText ? "text" : "problem");
  const event: DenialEvent<E> = {
    ...refusal,
    status: own.status,
    refused: denials.map(refusedOf),
    decisions,
    context,
  };
  const instead = onDenied && (await hooked(onDenied, event, complain));
  if (!instead) return answer(context, own);
  const headers = new Headers(instead.headers);
  if (instead.status === own.status) {
    // A body of one's own is no reason to keep the wait from clients, or to let caches keep the refusal.
    for (const [name, value] of Object.entries(own.headers)) {
      if (name !== "Content-Type" && !headers.has(name)) headers.set(name, value);
    }
  }
  answer(context, { status: instead.status, headers, body: instead.body });
}

/** A hook that throws must not turn a refusal into an admission or a 500. */
async function hooked<E extends Env>(
  onDenied: NonNullable<RateLimitOptions<E>["onDenied"]>,
  event: DenialEvent<E>,
  complain: Complain,
): Promise<Response | undefined> {
  try {
    const instead = await onDenied(event);
    return instead && isSendable(instead) ? instead : undefined;
  } catch (error) {
    complain(error);
    return undefined;
  }
}

/** `Response.error()` has status 0, and a body that somebody reads already cannot be sent. */
function isSendable({ status, bodyUsed, body }: Response): boolean {
  return status >= 200 && !bodyUsed && !body?.locked;
}

function reasonOf<C>(denials: readonly Denial<C>[]): Refusal["reason"] {
  const isClosed = denials.some(({ decision }) => decision?.via === "closed");
  return denials[0]?.asked.refusal ?? (isClosed ? "failed-closed" : "quota-exceeded");
}

function logged<C>(denial: Denial<C>): Denied {
  const { limiter, policy, key = denial.asked.because ?? "" } = refusedOf(denial);
  return { limiter, policy: policy?.name ?? limiter, key, retryAfterMs: denial.decision?.retryAfterMs };
}

function refusedOf<C>({ asked }: Denial<C>): Refused {
  const { limiter, charge, policy = limiter.policy, key } = asked;
  return { limiter: limiter.name, policy: charge?.policy ?? policy, key: charge?.key ?? key };
}

function wantsJson({ headers }: Request): boolean {
  return /\bapplication\/(?:problem\+)?json\b/i.test(headers.get("Accept") ?? "");
}
