/** A backend's denial as callers read it: each limit once, with its wait, and why it is paused. */

import { ConfigError, type Outcome, whenKnown } from "@sluice/core/engine";
import type { Denial, Violation } from "./denial.ts";
import { finite } from "./held.ts";
import type { Limits } from "./limits.ts";
import type { Member } from "./member.ts";
import { pauseOf } from "./pausing.ts";
import type { Question } from "./question.ts";

/** The largest cost whose hundredths can be counted. */
const largestCost: number = Math.floor(Number.MAX_SAFE_INTEGER / 100);

/**
 * Checks a cost.
 *
 * @throws ConfigError `SLUICE_COST`.
 */
export function checkCost(cost: number, orZero = false): void {
  if (typeof cost === "number" && cost <= largestCost && (cost > 0 || (orZero && cost === 0))) return;
  const problem = orZero ? "what a call cost in the end is 0 or more" : "a cost is above 0";
  throw new ConfigError("SLUICE_COST", problem, cost, "Count one call as 1.");
}

/** The denial of a cost that is larger than what a limit can ever hold. */
export function tooLarge(members: readonly Member[], cost: number): Denial {
  const violations = members.filter(({ capacity }) => cost > capacity);
  return {
    allowed: false,
    because: "never",
    violations: violations.map(({ policy, key }) => ({ name: policy.name, key })),
  };
}

/** What an outcome that allows nothing says where limits were asked and nothing else. */
export function denialOf(members: readonly Member[], { decisions, retryAfterMs }: Outcome): Denial {
  const violations: Violation[] = [];
  for (let i = 0; i < members.length; i++) {
    const decision = decisions[i];
    if (decision?.allowed !== false) continue;
    const { policy, key } = members[i] as Member;
    violations.push({ name: policy.name, key, retryAfterMs: finite(decision.retryAfterMs) });
  }
  return { allowed: false, because: "limit", retryAfterMs: finite(retryAfterMs), violations };
}

/** What an outcome that allows nothing says, with the reasons of pauses looked up where this process does not know them. */
export function refused(limits: Limits, asked: Question, outcome: Outcome, now: number): Denial | Promise<Denial> {
  const { gates } = asked;
  const closed = gates.filter((_, i) => outcome.decisions[i]?.allowed === false);
  if (gates.length === 0) return denialOf(asked.members, outcome);
  if (closed.length === 0) return denial(limits, asked, outcome);
  const pauses = closed.map((gate) => pauseOf(limits, gate, now));
  const waiting = pauses.some((pause) => pause instanceof Promise);
  return whenKnown(waiting ? Promise.all(pauses) : undefined, () => denial(limits, asked, outcome));
}

function denial({ held }: Limits, { members, gates, ramps }: Question, { decisions }: Outcome): Denial {
  const violations: Violation[] = [];
  let paused = false;
  let longest: number | undefined = 0;
  for (const [i, own] of members.entries()) {
    const gate = gates.findIndex(({ id }) => id === own.gate?.id);
    const ramp = ramps.findIndex(({ member }) => member === own);
    const at = [gate, gates.length + i, ramp < 0 ? -1 : gates.length + members.length + ramp];
    const against = at.flatMap((index) => (decisions[index]?.allowed === false ? [decisions[index]] : []));
    if (against.length === 0) continue;
    const isPaused = decisions[gate]?.allowed === false;
    const waits = against.map(({ retryAfterMs }) => finite(retryAfterMs));
    const retryAfterMs = waits.includes(undefined) ? undefined : Math.max(...(waits as number[]));
    const pause = isPaused ? held.get(gates[gate]?.id ?? "")?.pause : undefined;
    violations.push({
      name: own.policy.name,
      key: own.key,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(pause === undefined ? {} : { paused: pause }),
    });
    paused ||= isPaused;
    longest = longest === undefined || retryAfterMs === undefined ? undefined : Math.max(longest, retryAfterMs);
  }
  const because = paused ? "paused" : "limit";
  return { allowed: false, because, ...(longest === undefined ? {} : { retryAfterMs: longest }), violations };
}
