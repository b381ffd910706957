/** What goes out: mail and calls, and the ways to hold them and let them go. */

import { Hono } from "hono";
import type { GuardedEnv } from "../access/guard.ts";
import { AdminError } from "../admin/admin-error.ts";
import type { OutboundAdmin } from "../admin/outbound-admin.ts";
import * as schemas from "./outbound-schemas.ts";
import { body, path, told } from "./route.ts";

const group = "Outbound";
const answer = [204, "Done."] as const;
const refusals = [404, 409];
const { inboxPath, apiPath, hold, reason } = schemas;

export function outboundRoutes(outbound: OutboundAdmin | undefined) {
  const there = (): OutboundAdmin => {
    if (outbound === undefined)
      throw new AdminError("unsupported", "This app sends no mail and calls no API under limits.");
    return outbound;
  };
  return new Hono<GuardedEnv>()
    .get(
      "/outbound",
      told({
        group,
        summary: "Sending, inboxes, APIs, queues, leases",
        answer: [200, "As it stands.", schemas.outboundView],
        refusals: [409],
      }),
      async (c) => c.json(await there().read(), 200),
    )
    .post(
      "/outbound/sending/pause",
      told({ group, summary: "Hold all mail", answer, refusals: [409] }),
      body(hold),
      async (c) => {
        await there().pauseSending(c.req.valid("json"), c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post("/outbound/sending/resume", told({ group, summary: "Let mail go", answer, refusals: [409] }), async (c) => {
      await there().resumeSending(c.var.administrator.who);
      return c.body(null, 204);
    })
    .post(
      "/outbound/inboxes/:id/pause",
      told({ group, summary: "Hold one inbox", answer, refusals }),
      path(inboxPath),
      body(hold),
      async (c) => {
        await there().pauseInbox(c.req.valid("param").id, c.req.valid("json"), c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/outbound/inboxes/:id/resume",
      told({ group, summary: "Let it send", answer, refusals }),
      path(inboxPath),
      async (c) => {
        await there().resumeInbox(c.req.valid("param").id, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/outbound/inboxes/:id/release",
      told({ group, summary: "Let an inbox go that a complaint holds", answer, refusals }),
      path(inboxPath),
      async (c) => {
        await there().releaseInbox(c.req.valid("param").id, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/outbound/apis/:name/pause",
      told({ group, summary: "Hold the calls of one API", answer, refusals }),
      path(apiPath),
      body(hold),
      async (c) => {
        await there().pauseApi(c.req.valid("param").name, c.req.valid("json"), c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/outbound/apis/:name/resume",
      told({ group, summary: "Let its calls go", answer, refusals }),
      path(apiPath),
      async (c) => {
        await there().resumeApi(c.req.valid("param").name, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/outbound/apis/:name/breaker/open",
      told({ group, summary: "Open its breaker by hand: no call goes out", answer, refusals }),
      path(apiPath),
      body(reason),
      async (c) => {
        const { name } = c.req.valid("param");
        await there().openBreaker(name, c.req.valid("json").reason, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/outbound/apis/:name/breaker/close",
      told({ group, summary: "Close its breaker", answer, refusals }),
      path(apiPath),
      async (c) => {
        await there().closeBreaker(c.req.valid("param").name, c.var.administrator.who);
        return c.body(null, 204);
      },
    );
}
