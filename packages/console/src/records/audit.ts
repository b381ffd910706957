/** The audit log: rows of changes, the newest first, and whether the same thing was changed again since. */

import { and, desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";
import { auditLog } from "../schema.ts";

export type AuditRecord = typeof auditLog.$inferSelect;

/** Actions that change plans, users' plans and overrides. */
const changing = `('plan.create','plan.update','plan.remove','user.plan','user.forget','override.set','override.remove',
  'override.review','user.block','user.unblock','undo')`;

// Written out: within a selection of one table drizzle leaves out the tables of columns, and here are two of one table.
const contentOf = (row: string): string => `coalesce(${row}.after, ${row}.before)`;

/** What a row is about, beside its subject: the override of a limit, a user's plan, or a plan. */
const thingOf = (row: string): string =>
  `case when json_extract(${contentOf(row)}, '$.limit') is not null then 'limit ' || json_extract(${contentOf(row)}, '$.limit')
    when json_extract(${contentOf(row)}, '$.plan') is not null then 'user' else 'plan' end`;

/** Whether another row since tells of the same thing as the row of this name. */
const changedSince = (row: string): string =>
  `exists (select 1 from sluice_audit_log later where later.subject = ${row}.subject and later.id > ${row}.id
    and later.action in ${changing}
    and (${thingOf("later")} = ${thingOf(row)}
      or (later.action = 'user.forget' and json_extract(${contentOf(row)}, '$.limit') is not null)))`;

/** Whether nothing has changed the same thing since this row was written. */
export function isLatest(id: number): SQL {
  return sql`exists (select 1 from sluice_audit_log entry where entry.id = ${id} and not ${sql.raw(changedSince("entry"))})`;
}

/** Which rows: conditions go together. */
export interface AuditFilter {
  readonly subject?: string | undefined;
  readonly actions?: readonly string[] | undefined;
  /** Rows older than this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Rows of the log, and whether their thing is as they left it; that is asked only of actions that can be undone. */
export async function auditRows(
  db: Database,
  users: UserDirectory,
  filter: AuditFilter,
  undoable: readonly string[],
): Promise<(AuditRecord & { isLatest: number; subjectName: string | null })[]> {
  const { subject, before, limit } = filter;
  const names = sql`(select value from json_each(${JSON.stringify(undoable)}))`;
  const latest = sql<number>`case when sluice_audit_log.action in ${names}
    then not ${sql.raw(changedSince("sluice_audit_log"))} and ${isUserStill(users)} else 0 end`;
  return await db
    .select({ ...getTableColumns(auditLog), isLatest: latest, subjectName: subjectName(users) })
    .from(auditLog)
    .where(
      and(
        subject === undefined ? undefined : eq(auditLog.subject, subjectOf(users, subject)),
        ofActions(filter),
        before === undefined ? undefined : lt(auditLog.id, before),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit);
}

/** A subject that the log has, or else the id of a user of this name. */
function subjectOf({ table, id, name }: UserDirectory, text: string): SQL {
  const [userId, userName] = [id, name].map((column) => sql`app_user.${sql.identifier(column.name)}`);
  const named = sql`select ${userId} from ${table} as app_user where ${userName} = ${text} order by ${userId} limit 1`;
  const isThere = sql`exists (select 1 from sluice_audit_log as entry where entry.subject = ${text})`;
  return sql`case when ${isThere} then ${text} else coalesce((${named}), ${text}) end`;
}

/** The name of the user that a row is about; null for what is about no user, or one who is gone. */
function subjectName({ table, id, name }: UserDirectory): SQL<string | null> {
  const [userId, userName] = [id, name].map((column) => sql`app_user.${sql.identifier(column.name)}`);
  return sql`case when action like 'user.%' or action like 'override.%' or action like 'quota.%'
      or action = 'undo' and note not like '%: plan.%'
    then (select ${userName} from ${table} as app_user where ${userId} = sluice_audit_log.subject) end`;
}

/** Whether the app itself has left the user of a row as undoing needs it; plans and overrides nobody else edits. */
function isUserStill({ table, id, plan }: UserDirectory): SQL {
  const [userId, userPlan] = [id, plan].map(({ name }) => sql`app_user.${sql.identifier(name)}`);
  const user = sql`select 1 from ${table} as app_user where ${userId} = sluice_audit_log.subject`;
  return sql`case
    when sluice_audit_log.action in ('plan.update', 'plan.remove') then true
    when sluice_audit_log.action <> 'user.plan' then sluice_audit_log.before is null or exists (${user})
    else exists (${user} and ${userPlan} = json_extract(sluice_audit_log.after, '$.plan'))
      and exists (select 1 from sluice_plans as was where was.id = json_extract(sluice_audit_log.before, '$.plan')) end`;
}

/** Rows of some actions. */
function ofActions({ subject, actions, before, limit }: AuditFilter): SQL | undefined {
  if (actions === undefined) return undefined;
  const wanted = sql`json_each(${JSON.stringify(actions)})`;
  // One subject's rows are few, and have an index of their own.
  if (subject !== undefined) return sql`${auditLog.action} in (select value from ${wanted})`;
  // Of each action as many as are asked for, by its index: whatever else there is in the log is not read.
  const older = before === undefined ? sql`` : sql` and entry.id < ${before}`;
  return sql`${auditLog.id} in (
    select newest.value from ${wanted} as wanted cross join json_each((select json_group_array(id) from (
      select entry.id from sluice_audit_log as entry where entry.action = wanted.value${older} order by entry.id desc limit ${limit}
    ))) as newest
  )`;
}

export async function auditRow(db: Database, id: number): Promise<AuditRecord | undefined> {
  const [found] = await db.select().from(auditLog).where(eq(auditLog.id, id));
  return found;
}

/** Writes one row of its own, which belongs to no edit. */
export async function addAuditRow(db: Database, row: Omit<AuditRecord, "id">): Promise<number> {
  const [added] = await db.insert(auditLog).values(row).returning({ id: auditLog.id });
  return added?.id ?? 0;
}
