/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The routes of the audit log, and of every Undo button. */

import { type Context, Hono } from "hono";
import { AdminError } from "../admin/admin-error.ts";
import type { AuditQuery } from "../admin/audit-admin.ts";
import { AuditView } from "./audit.tsx";
import { done, type PagesEnv, show } from "./show.tsx";

const rowsShown = 50;

export function auditRoutes(): Hono<PagesEnv> {
  return new Hono<PagesEnv>()
    .get("/audit", (c) =>
      list(c, { subject: c.req.query("subject"), action: c.req.query("action"), after: c.req.query("after") }),
    )
    .post("/audit/:id{[0-9]{1,15}}/undo", async (c) => {
      try {
        await c.var.admin.audit.undo(Number(c.req.param("id")), c.var.administrator.who);
      } catch (error) {
        if (!(error instanceof AdminError)) throw error;
        return list(c, {}, error);
      }
      return done(c, "/audit", "undo");
    });
}

async function list(c: Context<PagesEnv>, asked: Omit<AuditQuery, "limit">, refused?: AdminError): Promise<Response> {
  // An empty field of the form asks for everything.
  const query = {
    subject: asked.subject || undefined,
    action: asked.action || undefined,
    after: asked.after || undefined,
  };
  const page = await c.var.admin.audit.list({ ...query, limit: rowsShown });
  const head = {
    title: "Audit",
    here: "/audit",
    lead: "Every change, who made it, and what was before.",
    ...(refused && { status: refused.status }),
  };
  return show(c, head, <AuditView page={page} {...query} refusal={refused?.message} />);
}
