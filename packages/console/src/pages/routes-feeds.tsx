/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The routes of feed access: the page under its filters, and the same as a file. */

import { type Context, Hono } from "hono";
import { type FeedAccessFilters, readDecisions } from "../admin/feeds-admin.ts";
import { missingPage } from "./error.tsx";
import { FeedsView } from "./feeds.tsx";
import { type PagesEnv, show } from "./show.tsx";

export function feedsRoutes(): Hono<PagesEnv> {
  return new Hono<PagesEnv>()
    .get("/feeds", async (c) => {
      const { feeds } = c.var.admin;
      if (feeds === undefined) return missingPage(c);
      const query = queryOf(c);
      const after = c.req.query("after") || undefined;
      const [page, day, hours, topReaders, topFeeds] = await Promise.all([
        feeds.list({ ...query, limit: 50, after }),
        feeds.count24h(query),
        feeds.byHour(query),
        feeds.topReaders(10),
        feeds.topFeeds(10),
      ]);
      const lead = "Every read of a public feed, for 30 days. Addresses become pseudonyms (anon-…) after a day.";
      return show(
        c,
        { title: "Feed access", here: "/feeds", lead, charts: day.reads > 0 },
        <FeedsView {...{ query, after, page, day, hours, topReaders, topFeeds }} />,
      );
    })
    .get("/feeds/reads.csv", async (c) => {
      const { feeds } = c.var.admin;
      if (feeds === undefined) return missingPage(c);
      const file = await feeds.csv(queryOf(c));
      return c.body(file, 200, {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="feed-reads.csv"',
      });
    });
}

/** What is no filter is left out, as an empty field of the form is. */
function queryOf(c: Context<PagesEnv>): FeedAccessFilters {
  const text = (name: string): string | undefined => c.req.query(name)?.trim() || undefined;
  const row = (name: string): number | undefined => {
    const value = c.req.query(name) ?? "";
    return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  };
  return {
    feed: text("feed"),
    owner: text("owner"),
    decision: readDecisions.find((one) => one === text("decision")),
    addressOf: row("addressOf"),
    agentOf: row("agentOf"),
  };
}
