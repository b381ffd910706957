/** Who read which public feed in the last 24 hours. */

import { Hono } from "hono";
import type { GuardedEnv } from "../access/guard.ts";
import { AdminError } from "../admin/admin-error.ts";
import type { FeedsAdmin } from "../admin/feeds-admin.ts";
import * as schemas from "./feeds-schemas.ts";
import { path, query, told } from "./route.ts";
import { userPath } from "./users-schemas.ts";

const group = "Feed access";
const refusals = [404, 409];

export function feedsRoutes(feeds: FeedsAdmin | undefined) {
  const there = (): FeedsAdmin => {
    if (feeds === undefined) throw new AdminError("unsupported", "This app has no public feeds.");
    return feeds;
  };
  return new Hono<GuardedEnv>()
    .get(
      "/feed-access",
      told({
        group,
        summary: "Reads, the newest first",
        answer: [200, "A part of the list.", schemas.accessPage],
        refusals,
      }),
      query(schemas.accessAsked),
      async (c) => c.json(await there().list(c.req.valid("query")), 200),
    )
    .get(
      "/feed-access/count",
      told({
        group,
        summary: "How many in 24 hours",
        answer: [200, "Under the filters.", schemas.accessCount],
        refusals,
      }),
      query(schemas.accessFilters),
      async (c) => c.json(await there().count24h(c.req.valid("query")), 200),
    )
    .get(
      "/feed-access/hours",
      told({ group, summary: "How many, by hour", answer: [200, "Under the filters.", schemas.accessHours], refusals }),
      query(schemas.accessFilters),
      async (c) => c.json(await there().byHour(c.req.valid("query")), 200),
    )
    .get(
      "/feed-access/readers",
      told({ group, summary: "Addresses that read most", answer: [200, "In 24 hours.", schemas.topReaders], refusals }),
      query(schemas.topAsked),
      async (c) => c.json(await there().topReaders(c.req.valid("query").limit), 200),
    )
    .get(
      "/feed-access/feeds",
      told({ group, summary: "Feeds that are read most", answer: [200, "In 24 hours.", schemas.feedReads], refusals }),
      query(schemas.topAsked),
      async (c) => c.json(await there().topFeeds(c.req.valid("query").limit), 200),
    )
    .get(
      "/feed-access.csv",
      told({
        group,
        summary: "The newest 100,000 reads as a file",
        answer: [200, "RFC 4180, with a line of names.", undefined, "text/csv"],
        refusals,
      }),
      query(schemas.accessFilters),
      async (c) => {
        const file = await there().csv(c.req.valid("query"));
        return new Response(c.req.method === "HEAD" ? await ended(file) : file, { headers: csvHeaders });
      },
    )
    .get(
      "/users/:id/feeds",
      told({
        group,
        summary: "A user's feeds and their reads",
        answer: [200, "In 24 hours.", schemas.feedReads],
        refusals,
      }),
      path(userPath),
      async (c) => c.json(await there().feedsOf(c.req.valid("param").id), 200),
    );
}

const csvHeaders = {
  "Content-Type": "text/csv; charset=utf-8; header=present",
  "Content-Disposition": 'attachment; filename="feed-access.csv"',
};

/** Nobody would read it to its end. */
async function ended(file: ReadableStream): Promise<null> {
  await file.cancel();
  return null;
}
