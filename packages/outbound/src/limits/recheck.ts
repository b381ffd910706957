/** The look before the start: was the limit paused since the place was taken? */

import { whenKnown } from "@sluice/core/engine";
import { heldHere } from "./following.ts";
import { learn, sameInstantMs, standing } from "./held.ts";
import type { Limits } from "./limits.ts";
import { identityOf } from "./pausing.ts";

/**
 * Whether a place that was booked when all rates were whole at `wholeAtMs` stands on what is no longer so. Gates are asked
 * only by those who `slept` and whose gates others can close; the rest is known here.
 */
export function wasPaused(limits: Limits, wholeAtMs: number, slept: boolean): boolean | Promise<boolean> {
  const { gates, held, shared, backend, time } = limits;
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
  return whenKnown(backend.consume(asked), ({ decisions }) => {
    const now = time.now();
    for (const [i, gate] of gates.entries()) {
      const wholeAfterMs = decisions[i]?.resetAfterMs;
      if (wholeAfterMs !== undefined) learn(held, gate, wholeAfterMs, now);
    }
    return changed();
  });
}
