/** Who read which public feed. */

import type { Page, PageQuery } from "./page.ts";

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
export interface FeedAccessQuery extends PageQuery {
  readonly feed?: string | undefined;
  readonly owner?: string | undefined;
  readonly decision?: string | undefined;
  readonly addressOf?: number | undefined;
  readonly agentOf?: number | undefined;
}

export interface TopReader {
  /** A row of this reader's, for the filter. */
  readonly row: number;
  readonly address: string;
  readonly isPseudonym: boolean;
  readonly reads: number;
  readonly denied: number;
}

export interface FeedReads {
  readonly feedId: string;
  readonly title?: string | undefined;
  readonly reads: number;
  readonly denied: number;
}

export interface FeedsAdmin {
  /** Reads and denials of the last 24 hours, counted in SQL, under the filters. */
  count24h(
    query: Omit<FeedAccessQuery, "limit" | "after">,
  ): Promise<{ readonly reads: number; readonly denied: number }>;
  /** By hour, the last 24, under the filters. */
  byHour(
    query: Omit<FeedAccessQuery, "limit" | "after">,
  ): Promise<readonly { readonly atMs: number; readonly reads: number; readonly denied: number }[]>;
  /** The newest first. */
  list(query: FeedAccessQuery): Promise<Page<FeedAccessRow>>;
  /** Of the last 24 hours. */
  topReaders(limit: number): Promise<readonly TopReader[]>;
  topFeeds(limit: number): Promise<readonly FeedReads[]>;
  /** Of one owner's feeds in the last 24 hours, all of them. */
  feedsOf(ownerId: string): Promise<readonly FeedReads[]>;
  /** The newest 100,000 rows under the filters as a file: RFC 4180 in UTF-8, with a line of names. Rejects before it begins, or breaks off. */
  csv(query: Omit<FeedAccessQuery, "limit" | "after">): Promise<ReadableStream<Uint8Array>>;
}
