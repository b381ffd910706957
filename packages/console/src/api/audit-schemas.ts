/** The audit log, as the API filters and answers it. */

import * as z from "zod/mini";
import { auditActions } from "../admin/audit-admin.ts";
import { instant, numeric, pageOf, part } from "./page-schemas.ts";

export const auditAsked = z.strictObject({
  ...part,
  subject: z.optional(z.string().check(z.maxLength(200))),
  action: z.optional(z.string().check(z.maxLength(40))),
});
export const auditPath = z.strictObject({ id: numeric(1, Number.MAX_SAFE_INTEGER) });

export const auditPage = pageOf(
  z.strictObject({
    id: z.int(),
    atMs: instant,
    who: z.string(),
    action: z.enum(auditActions),
    subject: z.string(),
    subjectName: z.optional(z.string()),
    note: z.optional(z.string()),
    before: z.optional(z.unknown()),
    after: z.optional(z.unknown()),
    canUndo: z.boolean(),
  }),
);
