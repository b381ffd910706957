/** The plan book as the database has it: one object for good, whose plans are exchanged while limiters read it. */

import { type Limit, type PlanBook, policy, SluiceError } from "@sluice/core";
import type { PlanRecord } from "../records/plans.ts";
import type { PlanLimits } from "./limits.ts";
import type { Units } from "./plan.ts";
import { defaultUnits, type PlanDefaults, planOf } from "./plan-row.ts";

/** A book that changes. */
export interface LiveBook {
  /** For the resolver, which reads it at each use. */
  readonly book: PlanBook;
  /**
   * Takes over what the database has: at once, so that no decision sees half of it. Gives what makes no sense there, which only
   * rows that were written past the console hold; for each of these limits the code's number serves.
   */
  take(rows: readonly PlanRecord[]): readonly SluiceError[];
}

/** Begins as what the code says; that holds as well while the database has no plan at all, and for the default plan if it lacks. */
export function liveBook(limits: PlanLimits, defaults: PlanDefaults): LiveBook {
  // Without a prototype: a plan may be called constructor.
  const book: Record<string, Readonly<Record<string, Limit>>> = Object.assign(Object.create(null), defaults.book);
  return {
    book,
    take(rows) {
      const next: Record<string, Readonly<Record<string, Limit>>> = Object.create(null);
      const fallback = defaults.book[defaults.plan];
      if (rows.length === 0) Object.assign(next, defaults.book);
      else if (fallback !== undefined) next[defaults.plan] = fallback;
      const amiss: SluiceError[] = [];
      for (const row of rows) next[row.id] = limitsOf(row, limits, defaults, amiss);
      for (const id of Object.keys(book)) if (!(id in next)) delete book[id];
      Object.assign(book, next);
      return amiss;
    },
  };
}

function limitsOf(
  row: PlanRecord,
  limits: PlanLimits,
  defaults: PlanDefaults,
  amiss: SluiceError[],
): Readonly<Record<string, Limit>> {
  const units = Object.entries(planOf(row, limits, defaults).limits);
  const entries = units.map(([name, holds]): [string, Limit] => {
    try {
      const limit = limitFrom(limits, name, holds);
      if (limit !== "unlimited") policy(limits[name]?.policy ?? name, limit);
      return [name, limit];
    } catch (cause) {
      const serves = defaultUnits(row.id, name, defaults);
      const problem = `the plan ${JSON.stringify(row.id)} cannot have ${JSON.stringify(holds)} units of ${name}`;
      amiss.push(new SluiceError("SLUICE_PLAN_LIMIT", `${problem}; ${serves} serves instead`, { cause }));
      return [name, limitFrom(limits, name, serves)];
    }
  });
  return Object.fromEntries(entries);
}

/** So many units of a limit, as the limiters take it. */
export function limitFrom(limits: PlanLimits, name: string, units: Units): Limit {
  if (units === "unlimited") return units;
  const rate = limits[name]?.rate(units);
  if (rate === undefined) throw new Error(`there is no limit ${JSON.stringify(name)}`);
  return rate;
}
