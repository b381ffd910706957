/** The audit log, and undoing what it says. */

import { Hono } from "hono";
import type { GuardedEnv } from "../access/guard.ts";
import type { AuditAdmin } from "../admin/audit-admin.ts";
import * as schemas from "./audit-schemas.ts";
import { path, query, told } from "./route.ts";

const group = "Audit";

export function auditRoutes(audit: AuditAdmin) {
  return new Hono<GuardedEnv>()
    .get(
      "/audit",
      told({
        group,
        summary: "Who changed what, the newest first",
        answer: [200, "A part of the list.", schemas.auditPage],
      }),
      query(schemas.auditAsked),
      async (c) => c.json(await audit.list(c.req.valid("query")), 200),
    )
    .post(
      "/audit/:id/undo",
      told({ group, summary: "Put back what was before", answer: [204, "Done."], refusals: [404, 409] }),
      path(schemas.auditPath),
      async (c) => {
        await audit.undo(c.req.valid("param").id, c.var.administrator.who);
        return c.body(null, 204);
      },
    );
}
