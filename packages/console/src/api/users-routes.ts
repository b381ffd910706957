/** Users: who they are, their plan, overrides, blocks, and what the console remembers of them. */

import { Hono } from "hono";
import type { GuardedEnv } from "../access/guard.ts";
import type { UsersAdmin } from "../admin/users-admin.ts";
import { body, path, query, told } from "./route.ts";
import * as schemas from "./users-schemas.ts";
import { versionOf } from "./version.ts";

const group = "Users";
const done = [204, "Done."] as const;
const refusals = [404, 409];
const { userPath, limitPath } = schemas;

export function usersRoutes(users: UsersAdmin) {
  return new Hono<GuardedEnv>()
    .get(
      "/users",
      told({ group, summary: "Users, by name", answer: [200, "A part of the list.", schemas.userPage] }),
      query(schemas.usersAsked),
      async (c) => c.json(await users.list(c.req.valid("query")), 200),
    )
    .get(
      "/users/:id",
      told({
        group,
        summary: "One user",
        answer: [200, "With what holds, and why.", schemas.userDetail],
        refusals: [404],
      }),
      path(userPath),
      async (c) => c.json(await users.read(c.req.valid("param").id), 200),
    )
    .delete(
      "/users/:id/records",
      told({ group, summary: "Forget overrides and denials of a user", answer: done, refusals }),
      path(userPath),
      async (c) => {
        await users.forget(c.req.valid("param").id, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .put(
      "/users/:id/plan",
      told({ group, summary: "Put a user on another plan", answer: done, refusals }),
      path(userPath),
      body(schemas.changedPlan),
      async (c) => {
        const { plan, was } = c.req.valid("json");
        await users.setPlan(c.req.valid("param").id, plan, was, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .put(
      "/users/:id/overrides/:limit",
      told({
        group,
        summary: "Grant a limit of its own; version 0 where there is none yet",
        answer: done,
        refusals,
        versioned: true,
      }),
      path(limitPath),
      body(schemas.newOverride),
      async (c) => {
        const { id, limit } = c.req.valid("param");
        const { version, ...draft } = c.req.valid("json");
        await users.setOverride(id, limit, draft, versionOf(c, version), c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .delete(
      "/users/:id/overrides/:limit",
      told({ group, summary: "Remove it: the plan's limit holds again", answer: done, refusals, versioned: true }),
      path(limitPath),
      query(schemas.removedOverride),
      async (c) => {
        const { id, limit } = c.req.valid("param");
        const version = versionOf(c, c.req.valid("query").version);
        await users.removeOverride(id, limit, version, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .post(
      "/users/:id/overrides/:limit/review",
      told({ group, summary: "Stamp that you looked at it", answer: done, refusals, versioned: true }),
      path(limitPath),
      body(schemas.overrideVersion),
      async (c) => {
        const { id, limit } = c.req.valid("param");
        const version = versionOf(c, c.req.valid("json").version);
        await users.reviewOverride(id, limit, version, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .put(
      "/users/:id/block",
      told({ group, summary: "Set all limits of a user to 0 until then", answer: done, refusals }),
      path(userPath),
      body(schemas.newBlock),
      async (c) => {
        const { untilMs, note } = c.req.valid("json");
        await users.block(c.req.valid("param").id, untilMs, note, c.var.administrator.who);
        return c.body(null, 204);
      },
    )
    .delete(
      "/users/:id/block",
      told({ group, summary: "Let a user in again", answer: done, refusals }),
      path(userPath),
      async (c) => {
        await users.unblock(c.req.valid("param").id, c.var.administrator.who);
        return c.body(null, 204);
      },
    );
}
