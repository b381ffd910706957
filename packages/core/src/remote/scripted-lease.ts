/** Leases over a server that runs Lua: a script of their own decides, and each call is one run of it. */

import { type LeaseState, leaseStep } from "../algorithms/lease.ts";
import type { Backend } from "../engine/backend.ts";
import { BackendError } from "../engine/backend-error.ts";
import { checkLease, keptAfterEndMs, type LeaseAnswer, type LeaseRequest } from "../engine/lease.ts";
import { whenKnown } from "../engine/waiting.ts";
import { within } from "../resilience/deadline.ts";
import { escaped, joined, shortened, unescaped } from "./counter-key.ts";
import { redisLease, upstashLease } from "./lua/script.ts";
import type { ScriptedOptions } from "./scripted.ts";
import { parsed } from "./scripted-call.ts";
import { failureOf } from "./scripted-failure.ts";

/**
 * `lease` of a scripted backend.
 *
 * The reply says what was found, and the step decides once more here; where the two differ, the answer is a failure. What
 * may have been carried out is not sent again: after a failure the name may have been taken or renewed.
 */
export function leaser(options: ScriptedOptions): NonNullable<Backend["lease"]> {
  const { name: backend, runner, prefix, deadlineMs, dialect, clock } = options;
  const scripts = dialect === "upstash" ? upstashLease : redisLease;

  const ask = (request: LeaseRequest, tag: string): Promise<LeaseAnswer> =>
    within(backend, deadlineMs, async (deadline) => {
      const args = argumentsOf(request);
      const instant = clock && String(Math.floor(clock.now()));
      const [script, all] = instant === undefined ? [scripts.shipped, args] : [scripts.test, [...args, instant]];
      try {
        return heard(backend, request, await runner.run(script, [`${prefix}lease:{${tag}}`], all, deadline));
      } catch (error) {
        throw failureOf(backend, error).error;
      }
    });

  return (request) => {
    checkLease(request);
    return whenKnown(shortened(joined(escaped(request.name))), (tag) => ask(request, tag));
  };
}

/** What the script is told; see lua/lease.lua. */
function argumentsOf(request: LeaseRequest): readonly string[] {
  if (request.verb === "look") return [];
  const { verb, ttlMs, note } = request;
  const fence = verb === "take" ? request.after : request.fence;
  const numbers = [ttlMs, ttlMs + keptAfterEndMs, fence ?? ""].map(String);
  return [verb, ...numbers, ...(note === undefined ? [] : [escaped(note)])];
}

function heard(backend: string, request: LeaseRequest, reply: unknown): LeaseAnswer {
  const { instant, verdicts, stored } = parsed(backend, reply, 1, 1);
  const { answer } = leaseStep(stateIn(backend, stored[0]), request, instant);
  if (verdicts[0] === Number(answer.granted)) return answer;
  throw new BackendError("SLUICE_BACKEND_ANSWER", backend, "granted otherwise than this version of Sluice");
}

function stateIn(backend: string, stored: unknown): LeaseState | undefined {
  if (stored === null || stored === undefined) return undefined;
  const [, fence, until, note = ""] = /^(\d+):(\d+):(.*)$/s.exec(String(stored)) ?? [];
  const state: LeaseState = { fence: Number(fence), until: Number(until), note: unescaped(note) };
  if (Number.isSafeInteger(state.fence) && Number.isSafeInteger(state.until)) return state;
  throw new BackendError("SLUICE_BACKEND_ANSWER", backend, "answered with something that is no lease");
}
