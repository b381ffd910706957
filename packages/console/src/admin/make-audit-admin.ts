/** The audit log: read, added to, and the way back. */

import * as z from "zod/mini";
import { type AuditRecord, addAuditRow, auditRow, auditRows } from "../records/audit.ts";
import { edit } from "../records/edit.ts";
import { AdminError } from "./admin-error.ts";
import { answering } from "./answering.ts";
import { type AuditAction, type AuditAdmin, type AuditRow, auditActions } from "./audit-admin.ts";
import { pageFrom, partOf, placeOf } from "./cursor.ts";
import { type RecordsDeps, stale } from "./records-deps.ts";
import { hasWayBack, undoable, wayBack } from "./undo.ts";

const place = z.strictObject({ row: z.int().check(z.positive()) });

/** Makes it; nothing happens before somebody asks. */
export function auditAdmin(deps: RecordsDeps): AuditAdmin {
  const { db, users, now, changed } = deps;
  return answering<AuditAdmin>({
    async list(query) {
      const limit = partOf(query);
      const before = placeOf(place, query.after)?.row;
      const { subject, action } = query;
      const actions = action === undefined ? undefined : auditActions.filter((name) => name.startsWith(action));
      const found = await auditRows(db, users, { subject, actions, before, limit: limit + 1 }, undoable);
      const { items, ...more } = pageFrom(found, limit, ({ id }) => ({ row: id }));
      return {
        items: items.map((row) => rowOf(row, row.subjectName, row.isLatest === 1 && hasWayBack(deps, row))),
        ...more,
      };
    },

    async add({ who, action, subject, note = null, before = null, after = null }) {
      if (!auditActions.includes(action)) throw new TypeError(`there is no action ${JSON.stringify(action)}`);
      return await addAuditRow(db, { atMs: now(), who, action, subject, note, before, after });
    },

    async undo(id, by) {
      const record = Number.isSafeInteger(id) ? await auditRow(db, id) : undefined;
      if (record === undefined) throw new AdminError("unknown", "There is no such entry in the audit log.");
      const { before, after, subject } = record;
      const { may, writing } = wayBack(deps, record);
      const line = {
        ...{ atMs: now(), who: by, action: "undo", subject, note: `undoes entry ${id}: ${record.action}` },
        ...{ before: (after ?? undefined) as object | undefined, after: (before ?? undefined) as object | undefined },
      };
      if ((await edit(db, may, line, writing)) === undefined) throw stale("What it is about");
      changed();
    },
  });
}

function rowOf(record: AuditRecord, subjectName: string | null, canUndo: boolean): AuditRow {
  const { id, atMs, who, action, subject, note, before, after } = record;
  return {
    ...{ id, atMs, who, action: action as AuditAction, subject, canUndo },
    ...(subjectName === null ? {} : { subjectName }),
    ...(note === null ? {} : { note }),
    ...(before === null ? {} : { before }),
    ...(after === null ? {} : { after }),
  };
}
