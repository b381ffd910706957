/** How the limits stand, what they decided, and the quotas of users as the backend has them. */

import { Hono } from "hono";
import type { GuardedEnv } from "../access/guard.ts";
import type { Admin } from "../admin/admin.ts";
import { AdminError } from "../admin/admin-error.ts";
import * as schemas from "./decisions-schemas.ts";
import { path, query, told } from "./route.ts";
import { denials, limitPath, quotaRows, userPath } from "./users-schemas.ts";

const group = "Limits";

export function decisionsRoutes({ decisions, quota, standings }: Pick<Admin, "decisions" | "quota" | "standings">) {
  return new Hono<GuardedEnv>()
    .get(
      "/standings",
      told({
        group,
        summary: "On or off, where counted, since when failing",
        answer: [200, "The product's first.", schemas.standings],
      }),
      async (c) => c.json(await standings(), 200),
    )
    .get(
      "/live",
      told({
        group,
        summary: "Counts of this minute: two of them make a rate",
        answer: [200, "Two seconds old.", schemas.live],
      }),
      async (c) => c.json(await decisions.live(), 200),
    )
    .get(
      "/decisions",
      told({
        group,
        summary: "Decisions over time, by limiter",
        answer: [200, "At most 1,500 steps.", schemas.series],
      }),
      query(schemas.seriesAsked),
      async (c) => {
        const { fromMs, toMs, stepMs } = c.req.valid("query");
        if (toMs <= fromMs) throw new AdminError("invalid", "toMs has to be after fromMs.", { field: "toMs" });
        return c.json(await decisions.series(fromMs, toMs, stepMs), 200);
      },
    )
    .get(
      "/denied-keys",
      told({
        group,
        summary: "The keys denied most in the last 24 hours",
        answer: [200, "The most denied first.", schemas.deniedKeys],
      }),
      query(schemas.deniedKeysAsked),
      async (c) => c.json(await decisions.deniedKeys(c.req.valid("query").limit), 200),
    )
    .get(
      "/users/:id/denials",
      told({ group, summary: "The last denials of a user", answer: [200, "The newest first, 20 at most.", denials] }),
      path(userPath),
      async (c) => c.json(await decisions.denialsOf(c.req.valid("param").id), 200),
    )
    .get(
      "/users/:id/quota",
      told({
        group,
        summary: "A user's quotas now; reading charges nothing",
        answer: [200, "By limit; numbers are absent where the backend cannot know them.", quotaRows],
        refusals: [404],
      }),
      path(userPath),
      async (c) => c.json(await quota.read(c.req.valid("param").id), 200),
    )
    .post(
      "/users/:id/quota/:limit/reset",
      told({ group, summary: "Make a quota whole", answer: [204, "Done."], refusals: [404, 409] }),
      path(limitPath),
      async (c) => {
        const { id, limit } = c.req.valid("param");
        await quota.reset(id, limit, c.var.administrator.who);
        return c.body(null, 204);
      },
    );
}
