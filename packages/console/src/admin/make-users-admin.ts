/** Users: their plans, overrides and blocks, each edited only as it was read. */

import { sql } from "drizzle-orm";
import { checkedEnd, checkedNote, checkedOverride } from "../plans/check-plan.ts";
import { asColumn } from "../plans/plan-row.ts";
import { recordedUser } from "../recording/recorded-user.ts";
import { type AuditLine, edit } from "../records/edit.ts";
import { forgetUser, isAnythingKept } from "../records/forgetting.ts";
import {
  blockName,
  deleteOverride,
  type OverrideColumns,
  overrideIs,
  overrideOf,
  putOverride,
} from "../records/overrides.ts";
import { planWithUsers, thereIsPlan } from "../records/plans.ts";
import { thereIsUser, updateUserPlan, userOf } from "../records/users.ts";
import { AdminError } from "./admin-error.ts";
import { answering } from "./answering.ts";
import { listUsers } from "./list-users.ts";
import { contentOf } from "./override-content.ts";
import { readUser, unknownUser } from "./read-user.ts";
import { checkVersion, type RecordsDeps, refuseUnservable, stale } from "./records-deps.ts";
import type { UsersAdmin } from "./users-admin.ts";

/** Makes it; nothing happens before somebody asks. */
export function usersAdmin(deps: RecordsDeps): UsersAdmin {
  const { db, users, limits, changed, now } = deps;

  type Row = NonNullable<Awaited<ReturnType<typeof overrideOf>>>;

  /** The override of this version; undefined for 0, where there is none. */
  async function readAt(userId: string, limit: string, version: number): Promise<Row | undefined> {
    checkVersion(version);
    const row = await overrideOf(db, userId, limit);
    if ((row?.version ?? 0) !== version) throw stale("The override");
    return row;
  }

  /** One that is there, and no block. */
  async function readOne(userId: string, limit: string, version: number): Promise<Row> {
    const isOne = limit !== blockName && (await overrideOf(db, userId, limit)) !== undefined;
    const row = isOne ? await readAt(userId, limit, version) : undefined;
    if (row === undefined) throw new AdminError("unknown", "There is no such override.");
    return row;
  }

  /** Writes one in place of what was read, or finds out why not. */
  async function put(row: OverrideColumns, was: Row | undefined, action: string, by: string): Promise<void> {
    const { userId, limitName, note } = row;
    const line = lineOf(action, userId, by, { note, before: was && contentOf(was), after: contentOf(row) });
    const may = sql`${thereIsUser(users, userId)} and ${overrideIs(userId, limitName, was?.version ?? 0)}`;
    if ((await edit(db, may, line, putOverride(db, row))) !== undefined) return changed();
    throw (await userOf(db, users, userId)) === undefined ? unknownUser() : stale("The override");
  }

  async function remove(was: Row, action: string, by: string): Promise<void> {
    const { userId, limitName, version } = was;
    const line = lineOf(action, userId, by, { before: contentOf(was) });
    const may = overrideIs(userId, limitName, version);
    if ((await edit(db, may, line, deleteOverride(db, userId, limitName))) === undefined) throw stale("The override");
    changed();
  }

  type Content = Pick<AuditLine, "note" | "before" | "after">;

  function lineOf(action: string, subject: string, who: string, content: Content): AuditLine {
    return { atMs: now(), who, action, subject, ...content };
  }

  return answering<UsersAdmin>({
    list: (query) => listUsers(deps, query),
    read: (userId) => readUser(deps, userId),

    async setPlan(userId, plan, was, by) {
      const line = lineOf("user.plan", userId, by, { before: { plan: was }, after: { plan } });
      const may = sql`${thereIsUser(users, userId, was)} and ${thereIsPlan(plan)}`;
      const isSame = plan === was;
      // Where nothing changes, nothing is written down.
      const done = !isSame && (await edit(db, may, line, updateUserPlan(db, users, userId, plan))) !== undefined;
      if (done) return changed();
      const user = await userOf(db, users, userId);
      if (user === undefined) throw unknownUser();
      if (user.plan !== was) throw stale("The user's plan");
      if (isSame) return;
      if ((await planWithUsers(db, users, plan)) !== undefined) throw stale("The user's plan");
      throw new AdminError("unknown", "There is no plan of this id.", { field: "plan" });
    },

    async setOverride(userId, limit, given, version, by) {
      const atMs = now();
      const { units, note, expiresAtMs = null } = checkedOverride(given, limits, limit, atMs);
      refuseUnservable(deps, limit, units, "units");
      const was = await readAt(userId, limit, version);
      const row = { userId, limitName: limit, units: asColumn(units), note, expiresAtMs };
      await put({ ...row, ...grant(by, atMs) }, was, "override.set", by);
    },

    async removeOverride(userId, limit, version, by) {
      await remove(await readOne(userId, limit, version), "override.remove", by);
    },

    async reviewOverride(userId, limit, version, by) {
      const was = await readOne(userId, limit, version);
      await put({ ...was, reviewedAtMs: now(), reviewedBy: by }, was, "override.review", by);
    },

    async block(userId, untilMs, note, by) {
      const atMs = now();
      const row = { userId, limitName: blockName, units: 0, note: checkedNote("note", note) };
      const expiresAtMs = checkedEnd("untilMs", untilMs, atMs);
      const was = await overrideOf(db, userId, blockName);
      await put({ ...row, expiresAtMs, ...grant(by, atMs) }, was, "user.block", by);
    },

    async unblock(userId, by) {
      const was = await overrideOf(db, userId, blockName);
      const isOver = was === undefined || (was.expiresAtMs ?? Number.POSITIVE_INFINITY) <= now();
      if (isOver) throw new AdminError("unknown", "This user is not blocked.");
      await remove(was, "user.unblock", by);
    },

    async forget(userId, by) {
      const line = lineOf("user.forget", userId, by, {});
      const kept = recordedUser(limits, userId);
      const done = await edit(db, isAnythingKept(kept), line, ...forgetUser(db, kept));
      if (done !== undefined) changed();
    },
  });
}

/** Granting is the first review. */
function grant(
  by: string,
  atMs: number,
): Pick<OverrideColumns, "grantedBy" | "createdAtMs" | "reviewedAtMs" | "reviewedBy"> {
  return { grantedBy: by, createdAtMs: atMs, reviewedAtMs: atMs, reviewedBy: by };
}
