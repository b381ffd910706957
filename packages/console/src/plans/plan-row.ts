/** Between the table of plans and plans as people see them, and which of them holds. */

import type { PlanBook } from "@sluice/core";
import type { PlanColumns, PlanRecord } from "../records/plans.ts";
import type { LimitUnits } from "../schema-plans.ts";
import type { PlanLimits } from "./limits.ts";
import type { Plan, PlanDraft, Units } from "./plan.ts";

/** What the app's code says of plans: what holds before there is a database, and for limits that a row does not name yet. */
export interface PlanDefaults {
  readonly book: PlanBook;
  /** The plan of users whose plan there is not. */
  readonly plan: string;
}

/** Limits with a column of their own. */
const columns = { api: "apiPerMinute", publicFeed: "publicFeedPerMinute" } as const;

/** A row as a plan: every limit has units. */
export function planOf(row: PlanRecord, limits: PlanLimits, defaults: PlanDefaults): Plan {
  const { id, name, priceCents, features, version, createdAtMs, updatedAtMs } = row;
  const units = Object.fromEntries(Object.keys(limits).map((limit) => [limit, unitsOf(row, limit, defaults)]));
  return { id, name, limits: units, priceCents, features, version, createdAtMs, updatedAtMs };
}

/** A limit that came with a later release is in no row yet: it is as the code says. */
function unitsOf(row: PlanRecord, limit: string, defaults: PlanDefaults): Units {
  const units = Object.hasOwn(columns, limit)
    ? row[columns[limit as keyof typeof columns]]
    : own(row.moreLimits, limit);
  return units === undefined ? defaultUnits(row.id, limit, defaults) : (units ?? "unlimited");
}

/** What a plan says of a limit: its row, or the code where it has none. */
export function unitsOfPlan(rows: readonly PlanRecord[], plan: string, limit: string, defaults: PlanDefaults): Units {
  const row = rows.find(({ id }) => id === plan);
  return row === undefined ? defaultUnits(plan, limit, defaults) : unitsOf(row, limit, defaults);
}

/** What the code says of a plan, or else of the default plan. */
export function defaultUnits(plan: string, limit: string, { book, plan: fallback }: PlanDefaults): Units {
  const says = own(own(book, plan) ?? own(book, fallback) ?? {}, limit);
  if (says === undefined) return 0;
  return says === "unlimited" ? says : says.limit;
}

/** The plan that holds, by the same rule for the limiters and for what people are shown: of the rows, or of the code where there is none. */
export function isKnownPlan(rows: readonly Pick<PlanRecord, "id">[], plan: string, { book }: PlanDefaults): boolean {
  return rows.length === 0 ? Object.hasOwn(book, plan) : rows.some(({ id }) => id === plan);
}

/** A plan as a row. */
export function columnsOf(id: string, draft: PlanDraft, createdAtMs: number, updatedAtMs: number): PlanColumns {
  const { name, limits, priceCents, features } = draft;
  const units = (limit: string): number | null => asColumn(limits[limit]);
  const more = Object.keys(limits).filter((limit) => !Object.hasOwn(columns, limit));
  const moreLimits: LimitUnits = Object.fromEntries(more.map((limit) => [limit, units(limit)]));
  return {
    ...{ id, name, moreLimits, priceCents, features, createdAtMs, updatedAtMs },
    apiPerMinute: units("api"),
    publicFeedPerMinute: units("publicFeed"),
  };
}

/** Null is unlimited; so is, harmlessly, a limit that the app does not have. */
export function asColumn(units: Units | undefined): number | null {
  return typeof units === "number" ? units : null;
}

function own<V>(record: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
