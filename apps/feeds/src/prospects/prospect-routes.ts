/** The prospects of signed-in users over HTTP. */

import { Hono } from "hono";
import type { ApiEnv } from "../auth.ts";
import { problem } from "../problem.ts";
import { validated } from "../validation.ts";
import { noProspect, type OwnProspects, prospectExists, prospectsExist, prospectsFull } from "./own-prospects.ts";
import { prospectBody, prospectPage, prospectPath } from "./prospect-validation.ts";

/** The routes, to be mounted where the rest of the API is. */
export function prospectRoutes(own: OwnProspects) {
  return new Hono<ApiEnv>()
    .get("/prospects", validated("query", prospectPage), async (c) =>
      c.json(await own.list(c.var.user, c.req.valid("query")), 200),
    )
    .post("/prospects", validated("json", prospectBody), async (c) => {
      const { isList, drafts } = c.req.valid("json");
      const added = await own.add(c.var.user, drafts);
      if (added === "full") return problem(c, 409, prospectsFull);
      if (added === "known") return problem(c, 409, isList ? prospectsExist : prospectExists);
      const [first] = added.prospects;
      if (isList || first === undefined) return c.json(added, 201);
      return c.json(first, 201, { Location: `/api/prospects/${first.id}` });
    })
    .get("/prospects/:id", validated("param", prospectPath), async (c) => {
      const found = await own.get(c.var.user, c.req.valid("param").id);
      return found ? c.json(found, 200) : problem(c, 404, noProspect);
    });
}
