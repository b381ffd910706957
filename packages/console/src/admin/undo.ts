/** The way back from a change: what would be written, and under which condition it is still the same thing. */

import { type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import * as z from "zod/mini";
import { checkedPlan, DraftError } from "../plans/check-plan.ts";
import { columnsOf } from "../plans/plan-row.ts";
import { type AuditRecord, isLatest } from "../records/audit.ts";
import { deleteOverride, overrideIs, putOverride } from "../records/overrides.ts";
import { insertPlan, thereIsPlan, updatePlan } from "../records/plans.ts";
import { thereIsUser, updateUserPlan } from "../records/users.ts";
import { AdminError } from "./admin-error.ts";
import type { AuditAction } from "./audit-admin.ts";
import { rowFrom } from "./override-content.ts";
import { type RecordsDeps, refuseUnservable } from "./records-deps.ts";

/** Actions that can be undone. */
export const undoable: readonly AuditAction[] = [
  "plan.update",
  "plan.remove",
  "user.plan",
  "override.set",
  "override.remove",
  "user.block",
  "user.unblock",
];

/** How a change is undone. */
export interface WayBack {
  readonly may: SQL;
  readonly writing: BatchItem<"sqlite">;
}

const versioned = z.object({ version: z.int() });
const planned = z.object({ plan: z.string() });
const born = z.object({ createdAtMs: z.int() });

/** @throws AdminError `unsupported` for what cannot be undone, `invalid` or `unservable` where what was is not possible any more. */
export function wayBack(deps: RecordsDeps, row: AuditRecord): WayBack {
  const action = undoable.find((name) => name === row.action);
  if (action === undefined) throw new AdminError("unsupported", "This cannot be undone. Change it by hand.");
  const { may, writing } = ways[action]?.(deps, row) ?? unreadable();
  return { may: sql`${may} and ${isLatest(row.id)}`, writing };
}

/** Whether a row says enough to be undone, and the limits of today take what was. */
export function hasWayBack(deps: RecordsDeps, row: AuditRecord): boolean {
  try {
    wayBack(deps, row);
    return true;
  } catch (error) {
    if (error instanceof AdminError || error instanceof DraftError) return false;
    throw error;
  }
}

const ways: Readonly<Partial<Record<AuditAction, (deps: RecordsDeps, row: AuditRecord) => WayBack>>> = {
  "plan.update": (deps, row) => {
    const columns = planBefore(deps, row);
    return { may: thereIsPlan(row.subject, versionAfter(row)), writing: updatePlan(deps.db, columns) };
  },
  "plan.remove": (deps, row) => {
    const columns = planBefore(deps, row);
    return { may: sql`not ${thereIsPlan(row.subject)}`, writing: insertPlan(deps.db, columns) };
  },
  "user.plan": ({ db, users }, { subject, before, after }) => {
    const [was, is] = [parsed(planned, before).plan, parsed(planned, after).plan];
    const may = sql`${thereIsUser(users, subject, is)} and ${thereIsPlan(was)}`;
    return { may, writing: updateUserPlan(db, users, subject, was) };
  },
  "override.set": putBack,
  "override.remove": putBack,
  "user.block": putBack,
  "user.unblock": putBack,
};

/** As it was: another number, or none. */
function putBack(deps: RecordsDeps, row: AuditRecord): WayBack {
  const { db, users, limits } = deps;
  const { subject, before, after } = row;
  const was = before === null ? undefined : (rowFrom(subject, before) ?? unreadable());
  const is = after === null ? undefined : (rowFrom(subject, after) ?? unreadable());
  const limit = (was ?? is ?? unreadable()).limitName;
  const same = overrideIs(subject, limit, after === null ? 0 : versionAfter(row));
  if (was === undefined) return { may: same, writing: deleteOverride(db, subject, limit) };
  if (Object.hasOwn(limits, limit)) refuseUnservable(deps, limit, was.units ?? "unlimited", "units");
  return { may: sql`${same} and ${thereIsUser(users, subject)}`, writing: putOverride(db, was) };
}

function planBefore(deps: RecordsDeps, { subject, before }: AuditRecord) {
  const draft = checkedPlan(before, deps.limits);
  for (const [name, units] of Object.entries(draft.limits)) refuseUnservable(deps, name, units, `limits.${name}`);
  return columnsOf(subject, draft, parsed(born, before).createdAtMs, deps.now());
}

function versionAfter({ after }: AuditRecord): number {
  return parsed(versioned, after).version;
}

function parsed<S extends z.ZodMiniType>(shape: S, content: unknown): z.output<S> {
  const read = z.safeParse(shape, content);
  return read.success ? read.data : unreadable();
}

function unreadable(): never {
  throw new AdminError("unsupported", "The entry does not say enough to undo it. Change it by hand.");
}
