/** The line in the audit log for what was done outside the database, where nothing makes the two one step. */

import { AdminError } from "./admin-error.ts";
import type { AuditAdmin } from "./audit-admin.ts";

/** Writes it. What was done stays done: where the database fails, AdminError `unavailable` says exactly that. */
export async function written(audit: Pick<AuditAdmin, "add">, row: Parameters<AuditAdmin["add"]>[0]): Promise<void> {
  try {
    await audit.add(row);
  } catch (cause) {
    const message = "It is done, but the database does not answer: the audit log has no line of it.";
    throw new AdminError("unavailable", message, { cause });
  }
}
