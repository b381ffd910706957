/** The product with a job that fetches, on a clock that goes on by itself and can be set ahead; and feeds elsewhere, as documents. */

import { memory } from "@sluice/core/memory";
import type { PublicFetch } from "@sluice/feeds";
import * as schema from "@sluice/feeds/schema";
import { systemTime } from "@sluice/outbound";
import { hostClients } from "../../feeds/src/gathering/hosts.ts";
import { fetchDue } from "../../feeds/src/jobs/fetch.ts";
import { publicFetch } from "../src/public-fetch.ts";
import { startFeeds } from "./feeds.ts";

export const minuteMs = 60_000;

export interface SubscribedOptions {
  readonly allowPrivate?: boolean;
  readonly fetch?: PublicFetch;
  readonly paceMs?: number;
  readonly patienceMs?: number;
}

export async function subscribed(options: SubscribedOptions = {}) {
  const { allowPrivate = true, fetch = publicFetch({ allowPrivate }), paceMs = 2, patienceMs = 5_000 } = options;
  const ahead = { ms: 0 };
  const time = { now: () => Date.now() + ahead.ms, sleep: systemTime.sleep };
  const feeds = await startFeeds({ allowPrivateFetch: true, now: time.now });
  const logger = {
    info() {},
    warn() {},
    error: (fields: object, message: string) => errors.push({ ...fields, message }),
  };
  const errors: object[] = [];
  const backend = memory({ clock: { now: time.now } });
  const clientOf = hostClients({ backend, fetch, time, paceMs, patienceMs });
  const deps = { db: feeds.db, clientOf, allowPrivate, publicUrl: "https://feeds.example", logger, now: time.now };
  return {
    ...feeds,
    deps,
    errors,
    now: time.now,
    /** Subscribes a demo user's feed `news`, and gives the id. */
    async subscribe(url: string, user = "pro"): Promise<string> {
      const made = await feeds.as(user, "/api/subscriptions", { url, feed: "news" });
      const { id } = (await made.json()) as { id?: string };
      if (id === undefined) throw new Error(`it was answered ${made.status}`);
      return id;
    },
    /** Runs the job, `laterMs` after the last time. */
    async run(laterMs = 0, signal = new AbortController().signal) {
      ahead.ms += laterMs;
      return await fetchDue(deps, signal);
    },
    async rows() {
      return await feeds.db.select().from(schema.subscriptions);
    },
    /** Titles of what a user's feed has that came from elsewhere, the newest first. */
    async titles(user = "pro"): Promise<string[]> {
      const page = await feeds.as(user, "/api/feeds/news/entries?limit=100");
      const { entries } = (await page.json()) as { entries: { id: string; title: string }[] };
      return entries.filter(({ id }) => !id.startsWith("5eed")).map(({ title }) => title);
    },
  };
}

export interface Item {
  readonly title: string;
  readonly guid?: string;
  readonly atMs?: number;
}

/** A feed in RSS 2.0. */
export function rss(items: readonly Item[], channel = "<title>Elsewhere</title>"): string {
  const entry = ({ title, guid = title, atMs }: Item) =>
    `<item><title>${title}</title><guid isPermaLink="false">${guid}</guid><description>About ${title}</description>${
      atMs === undefined ? "" : `<pubDate>${new Date(atMs).toUTCString()}</pubDate>`
    }</item>`;
  return `<?xml version="1.0"?><rss version="2.0"><channel>${channel}${items.map(entry).join("")}</channel></rss>`;
}
