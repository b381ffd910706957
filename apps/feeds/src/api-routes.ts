/** The API of signed-in users: who they are, their feeds, and what they publish in them. */

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ApiEnv } from "./auth.ts";
import type { Database } from "./database.ts";
import { addEntry, type EntryRecord, entriesOf, entryOf } from "./entry-records.ts";
import { addFeed, type FeedRecord, ownFeed, ownFeeds } from "./feed-records.ts";
import { problem } from "./problem.ts";
import { entryBody, entryPage, entryPath, feedBody, feedPage, feedPath, largestBody, validated } from "./validation.ts";

const noFeed = "You have no feed of this slug.";

/** The routes, to be mounted behind authentication and the limits. */
export function apiRoutes(db: Database, now: () => number): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.use(
    bodyLimit({ maxSize: largestBody, onError: (c) => problem(c, 413, `A body has at most ${largestBody} bytes.`) }),
  );

  routes.get("/me", (c) => {
    const { id, username, plan, role, createdAtMs } = c.var.user;
    return c.json({ id, username, plan, role, createdAt: instant(createdAtMs) });
  });

  routes.get("/feeds", validated("query", feedPage), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    // One more than the page holds tells whether there is another page.
    const found = await ownFeeds(db, c.var.user.id, { limit: limit + 1, after: cursor });
    const page = found.slice(0, limit);
    return c.json({
      feeds: page.map((feed) => ({ ...feedView(feed, c.var.user.username), entryCount: feed.entryCount })),
      nextCursor: found.length > limit ? page.at(-1)?.slug : null,
    });
  });

  routes.post("/feeds", validated("json", feedBody), async (c) => {
    const draft = c.req.valid("json");
    const added = await addFeed(db, c.var.user.id, draft, now());
    if (added === undefined) return problem(c, 409, `You already have a feed "${draft.slug}".`);
    return c.json(feedView(added, c.var.user.username), 201, { Location: `/api/feeds/${added.slug}` });
  });

  routes.get("/feeds/:slug", validated("param", feedPath), async (c) => {
    const feed = await ownFeed(db, c.var.user.id, c.req.valid("param").slug);
    return feed ? c.json(feedView(feed, c.var.user.username)) : problem(c, 404, noFeed);
  });

  routes.get("/feeds/:slug/entries", validated("param", feedPath), validated("query", entryPage), async (c) => {
    const feed = await ownFeed(db, c.var.user.id, c.req.valid("param").slug);
    if (feed === undefined) return problem(c, 404, noFeed);
    const { limit, cursor } = c.req.valid("query");
    const found = await entriesOf(db, feed.id, { limit: limit + 1, after: cursor });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return c.json({
      entries: page.map(entryView),
      nextCursor: found.length > limit && last ? `${last.publishedAtMs}_${last.id}` : null,
    });
  });

  routes.post("/feeds/:slug/entries", validated("param", feedPath), validated("json", entryBody), async (c) => {
    const { slug } = c.req.valid("param");
    const feed = await ownFeed(db, c.var.user.id, slug);
    if (feed === undefined) return problem(c, 404, noFeed);
    const entry = await addEntry(db, feed.id, c.req.valid("json"), now());
    return c.json(entryView(entry), 201, { Location: `/api/feeds/${slug}/entries/${entry.id}` });
  });

  routes.get("/feeds/:slug/entries/:id", validated("param", entryPath), async (c) => {
    const { slug, id } = c.req.valid("param");
    const feed = await ownFeed(db, c.var.user.id, slug);
    const entry = feed && (await entryOf(db, feed.id, id));
    return entry ? c.json(entryView(entry)) : problem(c, 404, "There is no such entry.");
  });

  return routes;
}

function feedView({ slug, title, description, homepage, createdAtMs }: FeedRecord, username: string) {
  return {
    slug,
    title,
    description,
    homepage,
    publicPath: `/public/${username}/${slug}`,
    createdAt: instant(createdAtMs),
  };
}

function entryView({ id, title, summary, content, url, publishedAtMs }: EntryRecord) {
  return { id, title, summary, content, url, publishedAt: instant(publishedAtMs) };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
