/** A random history: what is asked of a backend, step by step, as data that can be run again and shortened. */

import type { Backend } from "../engine/backend.ts";
import type { ChargeDetails } from "./case.ts";
import { type Random, random } from "./random.ts";
import { type Algorithm, algorithms, type PolicyShape } from "./shape.ts";

/** A charge before its policy has a name. */
export interface Draft {
  readonly algorithm: Algorithm;
  readonly shape: PolicyShape & { readonly name: string };
  readonly details: Required<Pick<ChargeDetails, "key" | "cost">> & ChargeDetails;
}

/** One thing that happens. A settlement names its decision by how many were made before it. */
export type Step =
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "consume"; readonly charges: readonly Draft[] }
  | { readonly do: "consumeEach"; readonly groups: readonly (readonly Draft[])[] }
  | { readonly do: "settle"; readonly decision: number; readonly cost: number }
  | { readonly do: "reset"; readonly of: Draft }
  | { readonly do: "block"; readonly of: Draft; readonly forMs: number; readonly shorten: boolean };

const windows = [1_000, 9_973, 40_000] as const;
const delaying: readonly Algorithm[] = ["token-bucket", "strict", "sliding-log"];
const blockable: readonly Algorithm[] = ["token-bucket", "strict"];

/** The history that a seed gives, of charges that the backend claims to decide. */
export function history(
  seed: number,
  length: number,
  algorithm: Algorithm | "mixed",
  { features, consumeEach }: Backend,
  mixed: readonly Algorithm[] = algorithms,
): readonly Step[] {
  const draws = random(seed);
  const window = draws.pick(windows);
  const limits = [draws.pick([1, 2, 3]), draws.pick([4, 7, 10]), draws.pick([17, 60, 167])];

  const draft = (shard: string | undefined, key?: string): Draft => {
    const chosen = algorithm === "mixed" ? draws.pick(mixed) : algorithm;
    // Two names with three limits each: most charges meet a counter that was used, some of them under another plan.
    const shape = {
      name: draws.pick(["p", "q"]),
      capacity: draws.oneIn(30) ? 0 : draws.pick(limits),
      windowMs: window,
    };
    return {
      algorithm: chosen,
      shape,
      details: { key: key ?? draws.pick(["a", "a", "b"]), shard, ...details(chosen, shape) },
    };
  };

  const details = (chosen: Algorithm, { capacity }: PolicyShape): { readonly cost: number } & ChargeDetails => {
    const cost = features.cost ? costOf(draws, capacity, chosen === "sliding-log") : 1;
    const mode = draws.oneIn(8) ? draws.pick(["peek", "shadow"] as const) : undefined;
    const minCost = features.cost && draws.oneIn(10) ? Math.floor(cost / 2) : undefined;
    const patient = features.delay && delaying.includes(chosen) && draws.oneIn(3);
    const maxDelayMs = patient ? draws.below(3 * window) : undefined;
    return { cost, mode, minCost, maxDelayMs };
  };

  const charges = (): readonly Draft[] => {
    const shard = draws.pick([undefined, undefined, "s"]);
    const count = draws.oneIn(3) ? 1 + draws.below(4) : 1;
    // Without a shard only charges of one key are promised to be one step.
    const key = features.acrossShards || shard !== undefined ? undefined : draws.pick(["a", "a", "b"]);
    return Array.from({ length: count }, () => draft(features.acrossShards && draws.oneIn(4) ? "r" : shard, key));
  };

  const step = (): Step => {
    const kind = draws.below(20);
    if (kind < 5) return { do: "advance", ms: elapsed(draws, window) };
    if (kind < 7 && features.settle)
      return { do: "settle", decision: draws.below(40), cost: draws.pick([0, 0, 1, 2, 5]) };
    if (kind === 7 && features.reset && draws.oneIn(3)) return { do: "reset", of: draft(draws.pick([undefined, "s"])) };
    if (kind === 8 && consumeEach) return { do: "consumeEach", groups: [charges(), charges()] };
    return { do: "consume", charges: charges() };
  };

  const steps = Array.from({ length }, step);

  const block = (more: Random): Step => {
    const chosen = more.pick(blocked);
    const capacity = more.pick(limits);
    const shape = { name: more.pick(["p", "q"]), capacity, windowMs: window };
    const key = more.pick(["a", "a", "b"]);
    const of = { algorithm: chosen, shape, details: { key, shard: more.pick([undefined, undefined, "s"]), cost: 1 } };
    const forMs = more.pick([0, 1, more.below(3 * window), more.below(60_000)]);
    return { do: "block", of, forMs, shorten: more.oneIn(3) };
  };
  const blocked = blockable.filter((one) => (algorithm === "mixed" ? mixed.includes(one) : one === algorithm));
  if (!features.block || blocked.length === 0 || seed % 4 !== 1) return steps;
  // Put in afterwards, by draws of their own and for one seed in four: every other seed gives the history it always gave.
  const more = random(~seed);
  return steps.flatMap((one) => (more.oneIn(6) ? [block(more), one] : [one]));
}

/** Mostly moments, at times longer than any window, now and then backwards. */
function elapsed(draws: Random, window: number): number {
  switch (draws.below(12)) {
    case 0:
      return -(1 + draws.below(window));
    case 1:
      return window * (1 + draws.below(3));
    case 2:
      return 1;
    case 3:
      return draws.pick([3_600_000, 86_400_000]);
    default:
      return draws.below(window / 2);
  }
}

function costOf(draws: Random, capacity: number, whole: boolean): number {
  switch (draws.below(8)) {
    case 0:
      return 0;
    case 1:
      return whole ? 2 : draws.pick([0.1, 0.37, 1.5]);
    case 2:
      return draws.below(capacity + 2);
    default:
      return 1;
  }
}
