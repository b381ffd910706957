/** What the ratelimit bindings answer: yes or no to each question, and of several answers one outcome. */

import { BackendError } from "../engine/backend-error.ts";
import type { Decision, Outcome } from "../engine/charge.ts";
import type { Deadline } from "../resilience/deadline.ts";
import type { BoundLimit } from "./cloudflare-bindings.ts";
import type { Question } from "./cloudflare-question.ts";

/** Asks one after the other up to the first denial: what was charged before it stays spent. */
export async function denialsOf(
  asked: readonly Question[],
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly Question[]> {
  const denied: Question[] = [];
  for (const [i, question] of asked.entries()) {
    if (deadline.passed) break;
    if (await ask(question, keys[i] as string)) continue;
    denied.push(question);
    if (question.charge.mode !== "shadow") break;
  }
  return denied;
}

/** Whether the binding admits the units. It may admit more of them than were left: only the next are denied then. */
async function ask({ bound, units }: Question, key: string): Promise<boolean> {
  const { name, binding } = bound as BoundLimit;
  let answer: { readonly success?: unknown } | null | undefined;
  try {
    // Without `delta` wherever it says nothing: older runtimes do not know it.
    answer = await binding.limit(units === 1 ? { key } : { key, delta: units });
  } catch (error) {
    // The error's own text is not passed on: it may hold the key.
    if (units > 1 && error instanceof Error && error.message.includes("[delta]")) {
      const cure = "this runtime has no `delta`; a newer wrangler or vitest plugin brings one that does";
      throw new BackendError("SLUICE_BACKEND_REFUSED", "cloudflare", `binding ${name} takes no cost above 1: ${cure}`);
    }
    throw new BackendError("SLUICE_BACKEND_UNREACHABLE", "cloudflare", `binding ${name} failed to answer`);
  }
  if (typeof answer?.success === "boolean") return answer.success;
  throw new BackendError("SLUICE_BACKEND_ANSWER", "cloudflare", `binding ${name} answered neither yes nor no`);
}

/** The outcome when these of the questions were answered with no. */
export function outcomeOf(questions: readonly Question[], denials: readonly Question[]): Outcome {
  const fits = (question: Question): boolean => !question.neverFits && !denials.includes(question);
  const denied = questions.filter((question) => !fits(question) && question.charge.mode !== "shadow");
  const allowed = denied.length === 0;
  const decisions = questions.map((question): Decision => {
    const { charge, units, bound, servedLimit, neverFits } = question;
    const { policy, key, shard, cost } = charge;
    const fit = fits(question);
    const charged = allowed && fit ? units : 0;
    // The window began at the latest just now, so it ends within a whole one.
    const retryAfterMs = fit || neverFits || bound === undefined ? undefined : bound.period * 1000;
    return { policy, key, shard, cost, allowed: fit, charged, servedLimit, retryAfterMs };
  });
  const waits = denied.map(({ bound }) => (bound?.period ?? Number.POSITIVE_INFINITY) * 1000);
  const wait = Math.max(0, ...waits);
  return { allowed, retryAfterMs: allowed || wait === Number.POSITIVE_INFINITY ? undefined : wait, decisions };
}
