/** What one `consume` is asked: gates first, then the limits, then what the growing rate after a pause costs. */

import type { Charge } from "@sluice/core/engine";
import { type Held, type Standing, standing } from "./held.ts";
import { type Gate, type Member, unitsOf } from "./member.ts";
import { type RampCharge, rampCharge } from "./ramp.ts";

/** Several limits that are asked as one. */
export interface Asked {
  readonly members: readonly Member[];
  readonly gates: readonly Gate[];
  /** Whether every member books slots ahead. */
  readonly delays: boolean;
  /** The gates that this process knows not to be open. */
  readonly held: Map<string, Held>;
  /** Whether gates are asked even when nothing is known against them: somebody else may have closed them. */
  readonly shared: boolean;
}

/** How a gate was expected to stand; `after` asks for a slot behind the growing rate. */
export type Stance = Standing | "after";

/** Charges, and where among them everything is: gates, then members, then ramps. */
export interface Question {
  readonly charges: readonly Charge[];
  readonly members: readonly Member[];
  readonly gates: readonly Gate[];
  readonly stances: readonly Stance[];
  readonly ramps: readonly RampCharge[];
  readonly maxDelayMs: number;
  readonly askedAtMs: number;
}

/**
 * Asks for `cost` units at most `maxDelayMs` ahead.
 *
 * While a gate is known to be closed nothing is asked ahead: a slot behind a pause would hold everybody until then, also
 * when somebody ends the pause early. `late` asks for a slot behind every growing rate.
 */
export function question(asked: Asked, cost: number, maxDelayMs: number, now: number, late: boolean): Question {
  const { members, held } = asked;
  const gates = asked.shared ? asked.gates : asked.gates.filter(({ id }) => held.has(id));
  const known = gates.map(({ id }) => held.get(id));
  const standings = gates.map((gate, i) => standing(known[i], gate, now));
  const ahead = standings.includes("paused") || !asked.delays ? 0 : maxDelayMs;

  const ramps: RampCharge[] = [];
  const stances = gates.map((gate, i): Stance => {
    if (standings[i] !== "growing") return standings[i] as Standing;
    if (late) return "after";
    const own = members.flatMap((member) => {
      if (member.gate?.id !== gate.id) return [];
      return rampCharge(member, known[i] as Held, unitsOf(member, cost), ahead > 0, now) ?? [];
    });
    const behind = members.filter((member) => member.gate?.id === gate.id).length > own.length;
    if (behind) return "after";
    ramps.push(...own);
    return "growing";
  });

  const delay = ahead > 0 ? { maxDelayMs: ahead } : {};
  const charges: Charge[] = gates.map(({ policy, key, shard, rampMs }, i) => {
    return { policy, key, shard, cost: stances[i] === "after" ? rampMs : 1, mode: "peek", ...delay };
  });
  for (const own of members) {
    const { policy, key, shard } = own;
    charges.push({ policy, key, shard, cost: unitsOf(own, cost), ...delay });
  }
  for (const { policy, key, shard, units } of ramps) charges.push({ policy, key, shard, cost: units, ...delay });
  return { charges, members, gates, stances, ramps, maxDelayMs: ahead, askedAtMs: now };
}
