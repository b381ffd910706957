/** Subscriptions over HTTP: feeds elsewhere whose entries appear in a feed of the user's own. */

import { Hono } from "hono";
import type { ApiEnv } from "../auth.ts";
import { problem } from "../problem.ts";
import { newestPage, validated } from "../validation.ts";
import { noSubscription, type OwnSubscriptions } from "./own-subscriptions.ts";
import { subscriptionBody, subscriptionPath } from "./subscription-validation.ts";

/** The routes, to be mounted behind authentication and the limits. */
export function subscriptionRoutes(own: OwnSubscriptions, allowPrivate: boolean) {
  return new Hono<ApiEnv>()
    .get("/subscriptions", validated("query", newestPage), async (c) =>
      c.json(await own.list(c.var.user, c.req.valid("query")), 200),
    )
    .post("/subscriptions", validated("json", subscriptionBody(allowPrivate)), async (c) => {
      const added = await own.add(c.var.user, c.req.valid("json"));
      if (added.status !== 201) return problem(c, added.status, added.because);
      const { subscription } = added;
      return c.json(subscription, 201, { Location: `/api/subscriptions/${subscription.id}` });
    })
    .get("/subscriptions/:id", validated("param", subscriptionPath), async (c) => {
      const found = await own.get(c.var.user, c.req.valid("param").id);
      return found ? c.json(found, 200) : problem(c, 404, noSubscription);
    })
    .delete("/subscriptions/:id", validated("param", subscriptionPath), async (c) => {
      const isEnded = await own.end(c.var.user, c.req.valid("param").id);
      return isEnded ? c.body(null, 204) : problem(c, 404, noSubscription);
    });
}
