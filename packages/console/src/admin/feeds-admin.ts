/** Who read which public feed. */

import { outcomes } from "./decisions-admin.ts";
import type { Page, PageQuery } from "./page.ts";

/** What limits say of a read; `none` where none was asked. */
export const readDecisions = [...outcomes, "none"] as const;

export interface FeedAccessRow {
  readonly id: number;
  readonly atMs: number;
  readonly feedId: string;
  /** Absent for a feed that is gone. */
  readonly feedTitle?: string | undefined;
  readonly ownerId: string;
  readonly ownerName?: string | undefined;
  readonly address: string;
  readonly isPseudonym: boolean;
  /** As the client sent it: text of a stranger's. */
  readonly userAgent: string;
  readonly status: number;
  readonly decision: string;
}

/** Filters go together. Addresses and user agents are named by a row that has them, so that they are in no URL. */
export interface FeedAccessFilters {
  readonly feed?: string | undefined;
  /** An id or, where nobody has it, a name. */
  readonly owner?: string | undefined;
  /** One of `readDecisions`; a question with another is refused. */
  readonly decision?: string | undefined;
  readonly addressOf?: number | undefined;
  readonly agentOf?: number | undefined;
}

export interface FeedAccessQuery extends FeedAccessFilters, PageQuery {}

/** Numbers of the last 24 hours. */
export interface ReadCount {
  readonly reads: number;
  readonly denied: number;
  /** There where not all reads were looked at: counted among the newest so many. Under several filters, those that fit the narrowest. */
  readonly of?: number | undefined;
}

export interface TopReader extends ReadCount {
  /** A row of this reader's, for the filter. */
  readonly row: number;
  readonly address: string;
  readonly isPseudonym: boolean;
}

export interface FeedReads extends ReadCount {
  readonly feedId: string;
  readonly title?: string | undefined;
}

export interface ReadHour extends ReadCount {
  readonly atMs: number;
}

export interface FeedsAdmin {
  /** Reads and denials of the last 24 hours under the filters, counted in SQL: all of them without a filter or under a decision alone. */
  count24h(filters: FeedAccessFilters): Promise<ReadCount>;
  /** By hour, the last 24, in the same way. Hours before those that were looked at are left out. */
  byHour(filters: FeedAccessFilters): Promise<readonly ReadHour[]>;
  /** The newest first. Under several filters a part may have fewer rows than asked for, or none, and yet a `next`: there it goes on. */
  list(query: FeedAccessQuery): Promise<Page<FeedAccessRow>>;
  /** Of the newest reads of the last 24 hours. */
  topReaders(limit: number): Promise<readonly TopReader[]>;
  topFeeds(limit: number): Promise<readonly FeedReads[]>;
  /** Of one owner's feeds in the last 24 hours, all of them. */
  feedsOf(ownerId: string): Promise<readonly FeedReads[]>;
  /** The newest 100,000 rows under the filters as a file: RFC 4180 in UTF-8, with a line of names. Rejects before it begins, or breaks off. */
  csv(filters: FeedAccessFilters): Promise<ReadableStream<Uint8Array>>;
}
