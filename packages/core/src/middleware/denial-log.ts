/** One structured line for a denial, without the key itself, and fewer of them the more often it repeats. */

import { hash } from "../algorithms/counters.ts";
import { type Complain, safely } from "../limiters/hooks.ts";

/** A denial as it is logged. */
export interface DenialLine {
  readonly event: "rate-limit-denied";
  readonly limiter: string;
  readonly policy: string;
  /** A hash that stands for the key within this process; another process gives another. */
  readonly key: string;
  readonly retryAfterMs?: number | undefined;
  /** How often this limiter has denied this key since it was first logged. Logged at 1, 2, 4, 8 and so on. */
  readonly times: number;
}

/** A denial to be logged. */
export interface Denied {
  readonly limiter: string;
  readonly policy: string;
  readonly key: string;
  readonly retryAfterMs?: number | undefined;
}

/** When so many keys have been denied, counting starts anew: memory stays bounded, and some lines come twice. */
const remembered = 2_000;

/** Keeps count of repeats and hands each first, second, fourth, eighth… denial of a key to `write`. */
export function denialLog(write: (line: DenialLine) => unknown, complain: Complain): (denied: Denied) => void {
  const repeats = new Map<string, number>();
  let seed = 0;
  return (denied) => {
    // Drawn on the first denial: a Worker may not ask for randomness at module scope.
    seed ||= Math.floor(Math.random() * 2 ** 32) + 1;
    const key = named(denied.key, seed);
    const name = `${denied.limiter}/${key}`;
    const times = (repeats.get(name) ?? 0) + 1;
    if (repeats.size >= remembered && times === 1) repeats.clear();
    repeats.set(name, times);
    if ((times & (times - 1)) !== 0) return;
    safely(() => write({ event: "rate-limit-denied", ...denied, key, times }), complain);
  };
}

/** Two hashes from a secret seed: enough to tell keys apart in a log, too little to find them again. */
function named(key: string, seed: number): string {
  const hex = (from: number) => hash(key, from).toString(16).padStart(8, "0");
  return hex(seed) + hex(~seed);
}
