/** All pages of the console, to be mounted behind the check of access. */

import { Hono } from "hono";
import { mountOf } from "../access/mount.ts";
import type { Admin } from "../admin/admin.ts";
import { failedPage, missingPage } from "./error.tsx";
import type { Destination } from "./layout.tsx";
import { auditRoutes } from "./routes-audit.tsx";
import { feedsRoutes } from "./routes-feeds.tsx";
import { outboundRoutes } from "./routes-outbound.tsx";
import { overviewRoutes } from "./routes-overview.tsx";
import { plansRoutes } from "./routes-plans.tsx";
import { usersRoutes } from "./routes-users.tsx";
import type { PagesEnv } from "./show.tsx";

export interface PagesOptions {
  readonly admin: Admin;
  /** Where logging out is a POST to, within the mount: `/logout`; absent where the app does it elsewhere. */
  readonly logout?: string | undefined;
  /** Milliseconds since 1970; the system's clock unless given. */
  readonly now?: (() => number) | undefined;
}

/** Wants `c.var.administrator` to be there: without one, requests must not come this far. */
export function pages({ admin, logout, now = Date.now }: PagesOptions): Hono<PagesEnv> {
  const navigation = destinations(admin);
  return new Hono<PagesEnv>()
    .use("*", async (c, next) => {
      c.set("frame", { base: mountOf(c), nowMs: now(), csrf: c.var.administrator.csrf });
      c.set("navigation", navigation);
      c.set("logout", logout);
      c.set("admin", admin);
      await next();
    })
    .route("/", overviewRoutes())
    .route("/", plansRoutes())
    .route("/", usersRoutes())
    .route("/", feedsRoutes())
    .route("/", outboundRoutes())
    .route("/", auditRoutes())
    .all("*", missingPage)
    .onError(failedPage);
}

/** Pages about what the app does not have are not offered. */
function destinations(admin: Admin): readonly Destination[] {
  return [
    { to: "/", label: "Overview" },
    { to: "/plans", label: "Plans" },
    { to: "/users", label: "Users" },
    ...(admin.feeds ? [{ to: "/feeds", label: "Feed access" }] : []),
    ...(admin.outbound ? [{ to: "/outbound", label: "Outbound" }] : []),
    { to: "/audit", label: "Audit" },
  ];
}
