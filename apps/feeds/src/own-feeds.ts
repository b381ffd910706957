/** What signed-in users can do with what is theirs, whichever way they ask. What is not theirs does not exist. */

import type { User } from "./accounts.ts";
import type { Database } from "./database.ts";
import { addEntry, type EntryDraft, type EntryHead, type EntryRecord, entryHeadsOf, entryOf } from "./entry-records.ts";
import { addFeed, type FeedDraft, type FeedRecord, ownFeed, ownFeeds } from "./feed-records.ts";
import { cursorOf, type Page, pageOf } from "./page.ts";

/** How it is said where an operation gives undefined. */
export const noFeed = "You have no feed of this slug.";
export const noEntry = "There is no such entry.";
export const feedExists = (slug: string) => `You already have a feed "${slug}".`;

export type OwnFeeds = ReturnType<typeof ownFeedsIn>;

/** The operations on a database. Undefined where there is no such feed or entry, or already is one. */
export function ownFeedsIn(db: Database, now: () => number) {
  return {
    me({ id, username, plan, role, createdAtMs }: User) {
      return { id, username, plan, role, createdAt: instant(createdAtMs) };
    },

    async feeds(user: User, page: Page<string>) {
      const { items, nextCursor } = await pageOf(
        page.limit,
        (limit) => ownFeeds(db, user.id, { ...page, limit }),
        ({ slug }) => slug,
      );
      return { feeds: items.map((feed) => ({ ...feedView(feed, user), entryCount: feed.entryCount })), nextCursor };
    },

    async feed(user: User, slug: string) {
      const feed = await ownFeed(db, user.id, slug);
      return feed && feedView(feed, user);
    },

    async addFeed(user: User, draft: FeedDraft) {
      const added = await addFeed(db, user.id, draft, now());
      return added && feedView(added, user);
    },

    async entries(user: User, slug: string, page: Page) {
      const feed = await ownFeed(db, user.id, slug);
      if (feed === undefined) return undefined;
      const { items, nextCursor } = await pageOf(
        page.limit,
        (limit) => entryHeadsOf(db, feed.id, { ...page, limit }),
        ({ publishedAtMs: atMs, id }) => cursorOf({ atMs, id }),
      );
      return { entries: items.map(headView), nextCursor };
    },

    async entry(user: User, slug: string, id: string) {
      const feed = await ownFeed(db, user.id, slug);
      const entry = feed && (await entryOf(db, feed.id, id));
      return entry && entryView(entry);
    },

    async addEntry(user: User, slug: string, draft: EntryDraft) {
      const feed = await ownFeed(db, user.id, slug);
      return feed && entryView(await addEntry(db, feed.id, draft, now()));
    },
  };
}

function feedView({ slug, title, description, homepage, createdAtMs }: FeedRecord, { username }: User) {
  return {
    slug,
    title,
    description,
    homepage,
    publicPath: `/public/${username}/${slug}`,
    createdAt: instant(createdAtMs),
  };
}

function headView({ id, title, summary, url, publishedAtMs }: EntryHead) {
  return { id, title, summary, url, publishedAt: instant(publishedAtMs) };
}

function entryView(entry: EntryRecord) {
  return { ...headView(entry), content: entry.content };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
