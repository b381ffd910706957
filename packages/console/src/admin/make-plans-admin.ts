/** Plans: read with their users, and edited only as they were read. */

import { sql } from "drizzle-orm";
import { checkedLimits, checkedPlan, checkedPlanId } from "../plans/check-plan.ts";
import type { Plan, PlanDraft } from "../plans/plan.ts";
import { columnsOf, planOf } from "../plans/plan-row.ts";
import { type Served, served } from "../plans/serving.ts";
import { edit } from "../records/edit.ts";
import {
  deletePlan,
  insertPlan,
  nobodyIsOn,
  type PlanColumns,
  type PlanRecord,
  plansWithUsers,
  planWithUsers,
  thereIsPlan,
  updatePlan,
} from "../records/plans.ts";
import { AdminError } from "./admin-error.ts";
import { answering } from "./answering.ts";
import type { PlanRow, PlansAdmin } from "./plans-admin.ts";
import { checkVersion, type RecordsDeps, refuseUnservable, stale } from "./records-deps.ts";

export interface PlansAdminDeps extends RecordsDeps {
  /** Estimates what limits would have denied to a plan's users. */
  readonly whatIf: PlansAdmin["whatIf"];
}

/** Makes it; nothing happens before somebody asks. */
export function plansAdmin(deps: PlansAdminDeps): PlansAdmin {
  const { db, users, limits, defaults, backend, changed, now, whatIf } = deps;

  const rowOf = (record: PlanRecord & { users: number }): PlanRow => {
    const plan = planOf(record, limits, defaults);
    const says = Object.entries(limits).flatMap(([name, limit]): [string, Served][] => {
      const becomes = served(backend, limit, plan.limits[name] ?? "unlimited");
      return becomes === undefined ? [] : [[name, becomes]];
    });
    return { ...plan, users: record.users, servedBy: Object.fromEntries(says) };
  };

  async function record(id: string) {
    const found = await planWithUsers(db, users, id);
    if (found === undefined) throw new AdminError("unknown", "There is no plan of this id.");
    return found;
  }

  async function read(id: string): Promise<PlanRow> {
    return rowOf(await record(id));
  }

  /** As it was when somebody decided to edit it. */
  async function readAt(id: string, version: number): Promise<PlanRow> {
    return rowOf(await recordAt(id, version));
  }

  async function recordAt(id: string, version: number) {
    checkVersion(version);
    const found = await record(id);
    if (found.version !== version) throw stale(`The plan ${found.name}`);
    return found;
  }

  return answering<PlansAdmin>({
    read,

    async list() {
      return (await plansWithUsers(db, users)).map(rowOf);
    },

    async create(id, given, by) {
      const draft = checkedPlan(given, limits);
      checkedPlanId(id);
      refuse(draft);
      const atMs = now();
      const line = { atMs, who: by, action: "plan.create", subject: id, after: { id, ...draft } };
      const row = columnsOf(id, draft, atMs, atMs);
      const version = await edit(db, sql`not ${thereIsPlan(id)}`, line, insertPlan(db, row));
      if (version === undefined) {
        throw new AdminError("exists", "There is a plan of this id already. Choose another.", { field: "id" });
      }
      changed();
      return { id, ...draft, version, createdAtMs: atMs, updatedAtMs: atMs };
    },

    async update(id, given, version, by) {
      const draft = checkedPlan(given, limits);
      const found = await recordAt(id, version);
      const before = rowOf(found);
      const same = columnsOf(id, draft, found.createdAtMs, found.updatedAtMs);
      if (isSame(same, found)) return planOf(found, limits, defaults);
      refuse(draft, before);
      const atMs = now();
      const line = { atMs, who: by, action: "plan.update", subject: id, before: kept(before), after: { id, ...draft } };
      const row = columnsOf(id, draft, before.createdAtMs, atMs);
      const becomes = await edit(db, thereIsPlan(id, version), line, updatePlan(db, row));
      if (becomes === undefined) throw stale(`The plan ${before.name}`);
      changed();
      return { id, ...draft, version: becomes, createdAtMs: before.createdAtMs, updatedAtMs: atMs };
    },

    async remove(id, version, by) {
      const before = await readAt(id, version);
      if (id === defaults.plan) {
        throw new AdminError("in-use", "This is the plan of everybody without one: it stays. Edit it instead.");
      }
      const may = sql`${thereIsPlan(id, version)} and ${nobodyIsOn(users, id)}`;
      const line = { atMs: now(), who: by, action: "plan.remove", subject: id, before: kept(before) };
      if ((await edit(db, may, line, deletePlan(db, id))) === undefined) {
        const { users: on } = await readAt(id, version);
        const who = on === 1 ? "One user is" : `${on} users are`;
        throw new AdminError("in-use", `${who} on this plan. Move them to another first.`);
      }
      changed();
    },

    async whatIf(id, given) {
      const checked = checkedLimits(given, limits);
      await read(id);
      return await whatIf(id, checked);
    },
  });

  /** Numbers that were there before are not refused with an edit of something else. */
  function refuse(draft: PlanDraft, before?: Plan): void {
    for (const [name, units] of Object.entries(draft.limits)) {
      if (before?.limits[name] !== units) refuseUnservable(deps, name, units, `limits.${name}`);
    }
  }
}

/** Whether a writing would change nothing. */
function isSame(columns: PlanColumns, found: PlanRecord): boolean {
  return Object.entries(columns).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(found[name as keyof PlanRecord]),
  );
}

/** What the audit log keeps of a plan. */
export function kept({ id, name, limits, priceCents, features, version, createdAtMs }: Plan): object {
  return { id, name, limits, priceCents, features, version, createdAtMs };
}
