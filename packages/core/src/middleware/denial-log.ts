/** One structured line for a denial, without the key itself, and fewer of them the more often it repeats. */

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
  return ({ limiter, policy, key, retryAfterMs }) => {
    // Drawn on the first denial: a Worker may not ask for randomness at module scope.
    seed ||= Math.floor(Math.random() * 2 ** 32) + 1;
    const hashed = hash(key, seed);
    const name = `${limiter}/${hashed}`;
    const times = (repeats.get(name) ?? 0) + 1;
    if (repeats.size >= remembered && times === 1) repeats.clear();
    repeats.set(name, times);
    if ((times & (times - 1)) !== 0) return;
    safely(() => write({ event: "rate-limit-denied", limiter, policy, key: hashed, retryAfterMs, times }), complain);
  };
}

/** Two rounds of FNV-1a from a secret seed: enough to tell keys apart in a log, too little to find them again. */
function hash(key: string, seed: number): string {
  let [low, high] = [seed, seed ^ 0x9e37_79b9];
  for (let i = 0; i < key.length; i++) {
    low = Math.imul(low ^ key.charCodeAt(i), 16_777_619);
    high = Math.imul(high ^ key.charCodeAt(i), 2_246_822_519);
  }
  const hex = (part: number) => (part >>> 0).toString(16).padStart(8, "0");
  return hex(low ^ (high >>> 13)) + hex(high ^ (low >>> 16));
}
