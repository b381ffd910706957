/** What signed-in users can do with their subscriptions to feeds elsewhere. What is not theirs does not exist. */

import type { User } from "../accounts.ts";
import type { Database } from "../database.ts";
import { ownFeed } from "../feed-records.ts";
import { noFeed } from "../own-feeds.ts";
import { cursorOf, type Page, pageOf } from "../page.ts";
import { never } from "./next-fetch.ts";
import {
  addSubscription,
  endSubscription,
  isSubscribed,
  mostSubscriptions,
  type SubscriptionRecord,
  subscriptionOf,
  subscriptionsOf,
} from "./subscription-records.ts";

/** How it is said where there is none, or where there can be no other. */
export const noSubscription = "You have no such subscription.";
const subscribed = (url: string) => `You already subscribe to ${url}.`;
const enough = `You have ${mostSubscriptions} subscriptions, and there can be no more. End one first.`;

export type OwnSubscriptions = ReturnType<typeof ownSubscriptionsIn>;

/** The operations on a database. */
export function ownSubscriptionsIn(db: Database, now: () => number) {
  return {
    async list(user: User, page: Page) {
      const { items, nextCursor } = await pageOf(
        page.limit,
        (limit) => subscriptionsOf(db, user.id, { ...page, limit }),
        ({ createdAtMs: atMs, id }) => cursorOf({ atMs, id }),
      );
      return { subscriptions: items.map(view), nextCursor };
    },

    async get(user: User, id: string) {
      const found = await subscriptionOf(db, user.id, id);
      return found && view(found);
    },

    /** Begins one, to be fetched soon; or says why not. */
    async add(user: User, { url, feed: slug }: { readonly url: string; readonly feed: string }) {
      const feed = await ownFeed(db, user.id, slug);
      if (feed === undefined) return { status: 404, because: noFeed } as const;
      const added = await addSubscription(db, user.id, { url, feedId: feed.id }, now());
      if (added !== undefined) return { status: 201, subscription: view({ ...added, feed: slug }) } as const;
      const isThere = await isSubscribed(db, user.id, url);
      return { status: 409, because: isThere ? subscribed(url) : enough } as const;
    },

    async end(user: User, id: string): Promise<boolean> {
      return endSubscription(db, user.id, id);
    },
  };
}

function view(record: SubscriptionRecord) {
  const { id, url, feed, title, lastStatus, lastError } = record;
  return {
    id,
    url,
    feed,
    title,
    lastStatus,
    lastError,
    lastFetchAt: record.lastFetchAtMs === null ? null : instant(record.lastFetchAtMs),
    // Null for one that is never fetched again, since it said that it is gone.
    nextFetchAt: record.nextFetchAtMs >= never ? null : instant(record.nextFetchAtMs),
    createdAt: instant(record.createdAtMs),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
