/** How limits stand, for display. */

import type { Charge } from "@sluice/core/engine";
import { learn, standing } from "./held.ts";
import type { LimitState, Pause } from "./limiter.ts";
import type { Limits } from "./limits.ts";
import { identityOf, pauseOf } from "./pausing.ts";

/** One trip for the numbers, and one more for the reason of each pause that this process has not read yet. */
export async function statesOf(limits: Limits): Promise<readonly LimitState[]> {
  limits.retune();
  const { members, gates, backend, held, time } = limits;
  const asked = [
    ...gates.map((gate): Charge => ({ ...identityOf(gate), cost: 0, mode: "peek" })),
    ...members.map(({ policy, key, shard }): Charge => ({ policy, key, shard, cost: 0, mode: "peek" })),
  ];
  const { decisions } = await backend.consume(asked);
  const now = time.now();
  const pauses = new Map<string, Pause | undefined>();
  const growing = new Map<string, number>();
  for (const [i, gate] of gates.entries()) {
    const wholeAfterMs = decisions[i]?.resetAfterMs;
    if (wholeAfterMs === undefined) continue;
    const stands = standing(learn(held, gate, wholeAfterMs, now), gate, now);
    if (stands === "paused") pauses.set(gate.id, await pauseOf(limits, gate, now));
    if (stands === "growing") growing.set(gate.id, Math.ceil(wholeAfterMs));
  }
  return members.map(({ policy, key, most, gate }, i): LimitState => {
    const { remaining, resetAfterMs } = decisions[gates.length + i] ?? {};
    const id = gate?.id ?? "";
    return {
      name: policy.name,
      key,
      limit: policy.limit,
      used: remaining === undefined ? undefined : Math.max(0, most - remaining),
      remaining,
      resetAfterMs,
      paused: pauses.get(id),
      rampLeftMs: growing.get(id),
    };
  });
}
