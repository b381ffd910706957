/** Plans: list, create, change, remove, and what they would have denied. */

import { Hono } from "hono";
import type { GuardedEnv } from "../access/guard.ts";
import type { PlansAdmin } from "../admin/plans-admin.ts";
import * as schemas from "./plans-schemas.ts";
import { body, path, query, told } from "./route.ts";
import { etag, versionOf } from "./version.ts";

const group = "Plans";
const { planPath } = schemas;

export function plansRoutes(plans: PlansAdmin) {
  return new Hono<GuardedEnv>()
    .get(
      "/plans",
      told({ group, summary: "All plans", answer: [200, "By price and name.", schemas.planRows] }),
      async (c) => c.json(await plans.list(), 200),
    )
    .post(
      "/plans",
      told({ group, summary: "Create a plan", answer: [201, "The plan.", schemas.plan], refusals: [409] }),
      body(schemas.newPlan),
      async (c) => {
        const { id, ...draft } = c.req.valid("json");
        const plan = await plans.create(id, draft, c.var.administrator.who);
        return c.json(plan, 201, etag(plan.version));
      },
    )
    .get(
      "/plans/:id",
      told({
        group,
        summary: "One plan",
        answer: [200, "The plan; ETag is its version.", schemas.planRow],
        refusals: [404],
      }),
      path(planPath),
      async (c) => {
        const plan = await plans.read(c.req.valid("param").id);
        return c.json(plan, 200, etag(plan.version));
      },
    )
    .put(
      "/plans/:id",
      told({
        group,
        summary: "Change a plan",
        answer: [200, "The plan, with its new version.", schemas.plan],
        refusals: [404, 409],
        versioned: true,
      }),
      path(planPath),
      body(schemas.editedPlan),
      async (c) => {
        const { version, ...draft } = c.req.valid("json");
        const { id } = c.req.valid("param");
        const plan = await plans.update(id, draft, versionOf(c, version), c.var.administrator.who);
        return c.json(plan, 200, etag(plan.version));
      },
    )
    .delete(
      "/plans/:id",
      told({
        group,
        summary: "Remove a plan that nobody is on",
        answer: [204, "It is gone."],
        refusals: [404, 409],
        versioned: true,
      }),
      path(planPath),
      query(schemas.removedPlan),
      async (c) => {
        const version = versionOf(c, c.req.valid("query").version);
        await plans.remove(c.req.valid("param").id, version, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/plans/:id/what-if",
      told({
        group,
        summary: "What these limits would have denied to the plan's users in the last 24 hours",
        answer: [200, "By limit; changes nothing.", schemas.whatIfs],
        refusals: [404],
      }),
      path(planPath),
      body(schemas.whatIfAsked),
      async (c) => c.json(await plans.whatIf(c.req.valid("param").id, c.req.valid("json").limits), 200),
    );
}
