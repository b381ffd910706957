/** The admin API: every question and change of Admin over HTTP, described by the schemas that check it. */

import { Hono } from "hono";
import type { ApplyGlobalResponse } from "hono/client";
import type { GuardedEnv } from "../access/guard.ts";
import { mountOf } from "../access/mount.ts";
import { isUnsafe } from "../access/same-origin.ts";
import type { Admin } from "../admin/admin.ts";
import { auditRoutes } from "./audit-routes.ts";
import { decisionsRoutes } from "./decisions-routes.ts";
import { elsewhere } from "./elsewhere.ts";
import { feedsRoutes } from "./feeds-routes.ts";
import { described, openApi } from "./openapi.ts";
import { outboundRoutes } from "./outbound-routes.ts";
import { plansRoutes } from "./plans-routes.ts";
import { failedWith, onlyJson, type Problem } from "./problems.ts";
import { told } from "./route.ts";
import { usersRoutes } from "./users-routes.ts";

/** Routes behind the guard, which has put `c.var.administrator` there. */
export function adminApi(admin: Admin, onError: (error: unknown) => void) {
  const routes = new Hono<GuardedEnv>()
    .use(async (c, next) => (isUnsafe(c.req.method) ? onlyJson(c, next) : next()))
    .route("/", plansRoutes(admin.plans))
    .route("/", usersRoutes(admin.users))
    .route("/", decisionsRoutes(admin))
    .route("/", feedsRoutes(admin.feeds))
    .route("/", outboundRoutes(admin.outbound))
    .route("/", auditRoutes(admin.audit))
    .get(
      "/openapi.json",
      told({ group: "Description", summary: "This description", answer: [200, "OpenAPI 3.1."] }),
      (c) => c.json(description(), 200),
    );
  // Made when it is first asked for: schemas take their time to be written out.
  let made: ReturnType<typeof openApi> | undefined;
  const table = described(routes.routes);
  const description = (): ReturnType<typeof openApi> => {
    made ??= openApi(table);
    return made;
  };
  // Mounted in another app this one's own notFound would never be asked.
  routes.all("*", (c) => elsewhere(c, table, c.req.path.slice(mountOf(c).length)));
  routes.onError(failedWith(onError));
  return routes;
}

/** Statuses of problems, as the client sees them. */
type Problems = {
  [Status in 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 428 | 500 | 503]: { json: Problem };
};

/**
 * For Hono's client: `hc<AdminApi>("https://app.example/admin/api")`.
 *
 * A browser sends the session's cookie by itself; changes carry its token in the header `X-CSRF-Token`.
 */
export type AdminApi = ApplyGlobalResponse<ReturnType<typeof adminApi>, Problems>;
