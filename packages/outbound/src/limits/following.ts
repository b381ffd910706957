/** Following what is found out of a limit elsewhere: a look now and then, and holds that only this process knows. */

import { isPromise } from "@sluice/core/engine";
import type { Denial } from "./denial.ts";
import type { Limits } from "./limits.ts";

/** Another process may have changed a limit: so often at most it is read again, by whoever takes a place. */
export const lookEveryMs = 2_500;

/**
 * Reads again what others may have changed: now and then, and whenever a gate turns out to be closed. Until somebody has,
 * everybody looks for himself: on Workers nobody may wait for what another request has asked.
 */
export function lookAgain(limits: Limits, now: number): void | Promise<void> {
  const { configured, held, tunings } = limits;
  const looking: Promise<void>[] = [];
  for (const [i, known] of tunings.entries()) {
    if (known?.look === undefined) continue;
    const under = held.get(configured[i]?.gate?.id ?? "");
    const isNews = under !== undefined && under !== known.lookedUnder;
    // A clock that stepped back must not keep it from looking.
    if (!isNews && Math.abs(now - known.lookedAtMs) < lookEveryMs) continue;
    const seen = (): void => {
      known.lookedAtMs = now;
      known.lookedUnder = under;
    };
    const looked = quietly(known.look);
    if (isPromise(looked)) looking.push(Promise.resolve(looked).then(seen));
    else seen();
  }
  if (looking.length > 0) return Promise.all(looking).then(() => limits.retune());
  limits.retune();
  return undefined;
}

/** A backend that cannot be read keeps nobody: the question that follows fails as it does. */
function quietly(look: () => void | Promise<void>): void | Promise<void> {
  try {
    const looked = look();
    return isPromise(looked) ? Promise.resolve(looked).catch(() => {}) : undefined;
  } catch {
    return undefined;
  }
}

/** The denial by holds that are known in this process alone, where the backend cannot keep them. */
export function heldHere(limits: Limits, now: number): Denial | undefined {
  let retryAfterMs = 0;
  const violations = limits.tunings.flatMap((known, i) => {
    const own = limits.configured[i];
    if (known?.hold === undefined || own === undefined || known.hold.untilMs <= now) return [];
    const leftMs = Math.ceil(known.hold.untilMs - now);
    retryAfterMs = Math.max(retryAfterMs, leftMs);
    return [{ name: own.policy.name, key: own.key, retryAfterMs: leftMs, paused: known.hold }];
  });
  return violations.length === 0 ? undefined : { allowed: false, because: "paused", retryAfterMs, violations };
}
