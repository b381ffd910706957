/** Holding everybody who calls an API: once for many who hear of the same overload. */

import { opensIn } from "../limits/held.ts";
import type { Limits } from "../limits/limits.ts";
import type { Member } from "../limits/member.ts";
import { pause } from "../limits/pausing.ts";
import { keepTuned } from "../limits/tuned.ts";
import type { KeptNote } from "./tuned-note.ts";

/** A hold that ends so much later than one that stands is none of its own. */
const sameEndMs = 250;

/** So long a hold may take to be known in the backend; after that, whoever hears of another overload asks for one himself. */
const askingMs = 5_000;

/** Upward only: who was told to wait waits at least so long, and who was banned for a day is not for two hours more. */
const jitterShare = 0.1;
const longestJitterMs = 60_000;

export type Hold = (waitMs: number, reason: string) => void | Promise<void>;

/** Holds by the limiter's gate in every process on the backend, or, where that can hold nothing, in this one. */
export function holding(limits: Limits, { cell }: KeptNote, by: string, random: () => number): Hold {
  const { backend, time, held, gates } = limits;
  const [gate] = gates;
  let asked: { readonly atMs: number; readonly untilMs: number } | undefined;

  return (waitMs, reason) => {
    const now = time.now();
    const wantedMs = now + waitMs;
    const jitterMs = random() * Math.min(longestJitterMs, jitterShare * waitMs);
    const untilMs = now + Math.max(1, Math.ceil(waitMs + jitterMs));
    if (gate === undefined || backend.lease === undefined || backend.reset === undefined) {
      keepTuned(limits.tuned, limits.configured[0] as Member, cell);
      if ((cell.hold?.untilMs ?? 0) + sameEndMs >= wantedMs) return undefined;
      cell.hold = { reason, by, sinceMs: now, untilMs };
      return undefined;
    }
    // Nobody waits for what another asks: on Workers his request may have ended long ago.
    if (asked !== undefined && asked.untilMs + sameEndMs >= wantedMs && now - asked.atMs < askingMs) return undefined;
    // Not what was asked for earlier, but what stands: somebody may have resumed meanwhile.
    const opensMs = now + (opensIn(held.get(gate.id), gate, now) ?? 0);
    if (opensMs + sameEndMs >= wantedMs && opensMs > now) return undefined;
    const own = { atMs: now, untilMs };
    asked = own;
    return pause(limits, { forMs: untilMs - now, reason, by }, false).finally(() => {
      if (asked === own) asked = undefined;
    });
  };
}
