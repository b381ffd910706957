/** What administrators changed. */

import type { Page, PageQuery } from "./page.ts";

/** Every kind of change that is written down. */
export const auditActions = [
  "plan.create",
  "plan.update",
  "plan.remove",
  "user.plan",
  "user.forget",
  "override.set",
  "override.remove",
  "override.review",
  "user.block",
  "user.unblock",
  "quota.reset",
  "sending.pause",
  "sending.resume",
  "inbox.pause",
  "inbox.resume",
  "inbox.release",
  "api.pause",
  "api.resume",
  "breaker.isolate",
  "breaker.close",
  "login",
  "login.refused",
  "undo",
] as const;

export type AuditAction = (typeof auditActions)[number];

export interface AuditRow {
  readonly id: number;
  readonly atMs: number;
  readonly who: string;
  readonly action: AuditAction;
  /** A plan's or a user's id, an API's or an inbox's name. */
  readonly subject: string;
  /** Where it is about a user who is still there. */
  readonly subjectName?: string | undefined;
  readonly note?: string | undefined;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Whether `undo` would take it: its kind can be, and nothing has changed the same thing since. */
  readonly canUndo: boolean;
}

export interface AuditQuery extends PageQuery {
  /** As the log has it, or else a user's name. */
  readonly subject?: string | undefined;
  /** The beginning of an action: `plan`, `override.set`. */
  readonly action?: string | undefined;
}

export interface AuditAdmin {
  /** The newest first. */
  list(query: AuditQuery): Promise<Page<AuditRow>>;
  /** Writes down what was done elsewhere than in the database. Gives the row's id. */
  add(row: Omit<AuditRow, "id" | "atMs" | "canUndo" | "subjectName">): Promise<number>;
  /**
   * Puts back what was before: plan.update, plan.remove, user.plan, override.set, override.remove, user.block, user.unblock.
   *
   * Rejects with `unknown`, `unsupported`, or `stale` when it was changed again since.
   */
  undo(id: number, by: string): Promise<void>;
}
