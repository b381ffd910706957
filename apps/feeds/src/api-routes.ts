/** The API of signed-in users over HTTP: who they are, their feeds, and what they publish in them. */

import type { Refusals } from "@sluice/core";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ApplyGlobalResponse } from "hono/client";
import type { ApiEnv } from "./auth.ts";
import type { OwnSubscriptions } from "./gathering/own-subscriptions.ts";
import { subscriptionRoutes } from "./gathering/subscription-routes.ts";
import { feedExists, noEntry, noFeed, type OwnFeeds } from "./own-feeds.ts";
import { type Problem, problem } from "./problem.ts";
import type { OwnProspects } from "./prospects/own-prospects.ts";
import { prospectRoutes } from "./prospects/prospect-routes.ts";
import {
  entryBody,
  entryPath,
  feedBody,
  feedPage,
  feedPath,
  largestBody,
  newestPage,
  validated,
} from "./validation.ts";

/**
 * The API as Hono's client sees it, `hc<FeedsApi>(url)`: the routes' own answers, and those of what is mounted in front of
 * them.
 */
export type FeedsApi = ApplyGlobalResponse<ApplyGlobalResponse<ApiRoutes, Refusals>, InFront>;

/** A body too large is 413, too, so that one status has two kinds of body. */
type InFront = { [Status in 401 | 413 | 500]: { json: Problem<Status> } };

export type ApiRoutes = ReturnType<typeof apiRoutes>;

/** The routes, to be mounted behind authentication and the limits. */
export function apiRoutes(
  own: OwnFeeds,
  prospects: OwnProspects,
  subscriptions: OwnSubscriptions,
  allowPrivate: boolean,
) {
  return new Hono<ApiEnv>()
    .basePath("/api")
    .use(
      bodyLimit({ maxSize: largestBody, onError: (c) => problem(c, 413, `A body has at most ${largestBody} bytes.`) }),
    )
    .get("/me", (c) => c.json(own.me(c.var.user), 200))
    .get("/feeds", validated("query", feedPage), async (c) =>
      c.json(await own.feeds(c.var.user, c.req.valid("query")), 200),
    )
    .post("/feeds", validated("json", feedBody), async (c) => {
      const draft = c.req.valid("json");
      const feed = await own.addFeed(c.var.user, draft);
      if (feed === undefined) return problem(c, 409, feedExists(draft.slug));
      return c.json(feed, 201, { Location: `/api/feeds/${feed.slug}` });
    })
    .get("/feeds/:slug", validated("param", feedPath), async (c) => {
      const feed = await own.feed(c.var.user, c.req.valid("param").slug);
      return feed ? c.json(feed, 200) : problem(c, 404, noFeed);
    })
    .get("/feeds/:slug/entries", validated("param", feedPath), validated("query", newestPage), async (c) => {
      const page = await own.entries(c.var.user, c.req.valid("param").slug, c.req.valid("query"));
      return page ? c.json(page, 200) : problem(c, 404, noFeed);
    })
    .post("/feeds/:slug/entries", validated("param", feedPath), validated("json", entryBody), async (c) => {
      const { slug } = c.req.valid("param");
      const entry = await own.addEntry(c.var.user, slug, c.req.valid("json"));
      if (entry === undefined) return problem(c, 404, noFeed);
      return c.json(entry, 201, { Location: `/api/feeds/${slug}/entries/${entry.id}` });
    })
    .get("/feeds/:slug/entries/:id", validated("param", entryPath), async (c) => {
      const { slug, id } = c.req.valid("param");
      const entry = await own.entry(c.var.user, slug, id);
      return entry ? c.json(entry, 200) : problem(c, 404, noEntry);
    })
    .route("/", prospectRoutes(prospects))
    .route("/", subscriptionRoutes(subscriptions, allowPrivate));
}
