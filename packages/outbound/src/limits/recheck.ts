/** The look before the start: was the limit paused since the place was taken? */

import { type Charge, isConfigError, isPromise, type Outcome, whenKnown } from "@sluice/core/engine";
import { heldHere } from "./following.ts";
import { learn, sameInstantMs, standing } from "./held.ts";
import type { Limits } from "./limits.ts";
import { identityOf } from "./pausing.ts";

/** How the holder of a place waits until a backend that fails may be asked again. */
export interface Patience {
  /** Until then a call may wait. */
  readonly untilMs: number;
  /** Rejects where nobody wants the place any more. */
  sleep(ms: number): Promise<void>;
}

/** When a look that failed is repeated: what hung for a moment answers by then, and what is down is told of soon. */
const lookAfterMs = [250, 500, 1_000] as const;

/**
 * Whether a place that was booked when all rates were whole at `wholeAtMs` stands on what is no longer so. Gates are asked
 * only by those who `slept` and whose gates others can close; the rest is known here.
 *
 * Rejects as the backend fails, where that lasts.
 */
export function wasPaused(
  limits: Limits,
  wholeAtMs: number,
  slept: boolean,
  patience: Patience,
): boolean | Promise<boolean> {
  const { gates, held, shared, time } = limits;
  const changed = (): boolean => {
    const now = time.now();
    if (heldHere(limits, now) !== undefined) return true;
    return gates.some((gate) => {
      const known = held.get(gate.id);
      const stands = standing(known, gate, now);
      return stands === "paused" || (stands === "growing" && (known?.endsAtMs ?? 0) > wholeAtMs + sameInstantMs);
    });
  };
  if (!shared || !slept) return changed();
  const asked = gates.map((gate) => ({ ...identityOf(gate), cost: 1, mode: "peek" as const }));
  return whenKnown(looked(limits, asked, patience), ({ decisions }) => {
    const now = time.now();
    for (const [i, gate] of gates.entries()) {
      const wholeAfterMs = decisions[i]?.resetAfterMs;
      if (wholeAfterMs !== undefined) learn(held, gate, wholeAfterMs, now);
    }
    return changed();
  });
}

function looked(limits: Limits, asked: readonly Charge[], patience: Patience): Outcome | Promise<Outcome> {
  try {
    const answer = limits.backend.consume(asked);
    return isPromise(answer)
      ? Promise.resolve(answer).catch((error) => lookedAgain(limits, asked, patience, error))
      : answer;
  } catch (error) {
    return lookedAgain(limits, asked, patience, error);
  }
}

/** A look books nothing, so that it may be repeated: who has waited for his turn is not turned away by one that was lost. */
async function lookedAgain(
  { backend, time }: Limits,
  asked: readonly Charge[],
  { untilMs, sleep }: Patience,
  first: unknown,
): Promise<Outcome> {
  let failed = first;
  for (const ms of lookAfterMs) {
    if (isConfigError(failed) || time.now() + ms > untilMs) break;
    await sleep(ms);
    try {
      return await backend.consume(asked);
    } catch (error) {
      failed = error;
    }
  }
  throw failed;
}
