/** The public feeds: found, recorded, charged to their owner, and answered with no more than the reader lacks. */

import type { FeedAccess } from "@sluice/console";
import type { AddressSource, RateLimit, RateLimitVariables } from "@sluice/core";
import type { Context, MiddlewareHandler } from "hono";
import { addressText } from "./client-address.ts";
import { isNotModified } from "./conditional.ts";
import type { Database } from "./database.ts";
import { documentShelf } from "./document-shelf.ts";
import { entriesOf } from "./entry-records.ts";
import { freshMinutes, mostEntries } from "./feed-document.ts";
import { contentTypes, documentName, negotiated } from "./feed-format.ts";
import { type PublicFeedRecord, publicFeed } from "./feed-records.ts";
import { isName } from "./validation.ts";

/** What the routes under `/public` find on a request. */
export interface PublicEnv {
  Variables: RateLimitVariables & { feed: PublicFeedRecord };
}

const cacheControl = `public, max-age=${freshMinutes * 60}`;

/** Finds the feed of the address, or leaves the request to `stranger`, which answers for feeds that do not exist. */
export function foundFeed(db: Database, stranger: MiddlewareHandler): MiddlewareHandler<PublicEnv> {
  return async function foundFeed(c, next) {
    const { username, slug } = askedFor(c);
    const feed = isName(username) && isName(slug) ? await publicFeed(db, username, slug) : undefined;
    if (feed === undefined) return stranger(c, async () => {});
    c.set("feed", feed);
    return next();
  };
}

/** Records every read of a feed, refused ones included. */
export function accessLogged(
  record: (access: FeedAccess) => void,
  source: AddressSource,
  now: () => number,
): MiddlewareHandler<PublicEnv> {
  return async function accessLogged(c, next) {
    const atMs = now();
    await next();
    record({
      feedId: c.var.feed.id,
      ownerId: c.var.feed.ownerId,
      atMs,
      address: addressText(source({ request: c.req.raw, env: c.env, context: c })),
      userAgent: c.req.header("User-Agent") ?? "",
      status: c.res.status,
      decision: decisionOf(c.var.rateLimit),
    });
  };
}

/** What the limits said of a request; `open` and `closed` where the backend could not be asked. */
function decisionOf(limits: RateLimit | undefined): string {
  if (limits === undefined) return "none";
  const { via } = limits.decisions[0] ?? {};
  if (via === "open" || via === "closed") return via;
  return limits.allowed ? "allowed" : "denied";
}

/** Answers with the feed: 200 with the document, or 304 for a reader that has it. */
export function feedAnswer(db: Database, origin: (c: Context) => string) {
  const written = documentShelf();
  return async function feedAnswer(c: Context<PublicEnv>): Promise<Response> {
    const { feed } = c.var;
    const format = askedFor(c).format ?? negotiated(c.req.header("Accept"));
    const entries = await entriesOf(db, feed.id, { limit: mostEntries });
    const document = await written(format, feed, entries, `${origin(c)}/public/${feed.ownerName}/${feed.slug}`);
    const headers = {
      ETag: document.etag,
      "Last-Modified": new Date(document.lastModifiedMs).toUTCString(),
      "Cache-Control": cacheControl,
      Vary: "Accept",
    };
    if (isNotModified(c.req.raw.headers, document)) return c.body(null, 304, headers);
    return c.body(document.bytes, 200, {
      ...headers,
      "Content-Type": contentTypes[format],
      "Content-Length": String(document.bytes.length),
      "X-Content-Type-Options": "nosniff",
    });
  };
}

function askedFor(c: Context) {
  return { username: c.req.param("username") ?? "", ...documentName(c.req.param("document") ?? "") };
}
