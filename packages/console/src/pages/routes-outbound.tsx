/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The routes of what goes out: the page, and the forms that hold and let go. */

import { type Context, Hono } from "hono";
import type { AuditAction } from "../admin/audit-admin.ts";
import type { HoldDraft, OutboundAdmin } from "../admin/outbound-admin.ts";
import { missingPage } from "./error.tsx";
import { attempt, type Refusal, type Typed, typedIn } from "./form-values.ts";
import { holdEndOrStay } from "./hold-form.tsx";
import { OutboundView } from "./outbound.tsx";
import { formName } from "./outbound-hold.tsx";
import { done, type PagesEnv, show } from "./show.tsx";

interface Deed {
  readonly action: AuditAction;
  work(admin: OutboundAdmin, name: string, by: string, typed: Typed, nowMs: number): Promise<void>;
}

export function outboundRoutes(): Hono<PagesEnv> {
  return new Hono<PagesEnv>()
    .get("/outbound", (c) => page(c))
    .post("/outbound/:kind/:deed", async (c) => {
      const { admin, administrator, frame } = c.var;
      const { kind, deed: name } = c.req.param();
      const deed = deeds.get(`${kind}.${name}`);
      const { outbound } = admin;
      if (deed === undefined || outbound === undefined) return missingPage(c);
      const typed = await typedIn(c);
      const subject = typed["name"] ?? "";
      const refusal = await attempt(formName(kind, name, subject), typed, () =>
        deed.work(outbound, subject, administrator.who, typed, frame.nowMs),
      );
      return refusal === undefined ? done(c, "/outbound", deed.action) : page(c, refusal);
    });
}

/** What a form can ask for, by what and how. */
const deeds: ReadonlyMap<string, Deed> = new Map<string, Deed>([
  [
    "sending.pause",
    { action: "sending.pause", work: async (admin, _, by, ...typed) => admin.pauseSending(hold(...typed), by) },
  ],
  ["sending.resume", { action: "sending.resume", work: (admin, _, by) => admin.resumeSending(by) }],
  [
    "inbox.pause",
    { action: "inbox.pause", work: async (admin, id, by, ...typed) => admin.pauseInbox(id, hold(...typed), by) },
  ],
  ["inbox.resume", { action: "inbox.resume", work: (admin, id, by) => admin.resumeInbox(id, by) }],
  ["inbox.release", { action: "inbox.release", work: (admin, id, by) => admin.releaseInbox(id, by) }],
  [
    "api.pause",
    { action: "api.pause", work: async (admin, name, by, ...typed) => admin.pauseApi(name, hold(...typed), by) },
  ],
  ["api.resume", { action: "api.resume", work: (admin, name, by) => admin.resumeApi(name, by) }],
  [
    "api.open",
    { action: "breaker.isolate", work: (admin, name, by, typed) => admin.openBreaker(name, typed["reason"] ?? "", by) },
  ],
  ["api.close", { action: "breaker.close", work: (admin, name, by) => admin.closeBreaker(name, by) }],
]);

function hold(typed: Typed, nowMs: number): HoldDraft {
  return { reason: typed["reason"] ?? "", untilMs: holdEndOrStay(typed, nowMs) };
}

async function page(c: Context<PagesEnv>, refusal?: Refusal): Promise<Response> {
  const { outbound } = c.var.admin;
  if (outbound === undefined) return missingPage(c);
  const view = await outbound.read();
  const lead =
    "Mail against its limits, the APIs that are called, and what holds them. A pause holds in every process.";
  const calls = view.throttledByHour.some(({ calls }) => calls > 0);
  return show(
    c,
    { title: "Outbound", here: "/outbound", lead, charts: calls, status: refusal?.error.status ?? 200 },
    <OutboundView outbound={view} refusal={refusal} />,
  );
}
