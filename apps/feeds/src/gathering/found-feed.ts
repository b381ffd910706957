/** What is found in a feed elsewhere, whatever its format: text of strangers, made harmless. */

/** An entry as it is found. */
export interface FoundEntry {
  /** What it is called there; never empty. */
  readonly id: string;
  /** Plain text, 1 to 200 characters. */
  readonly title: string;
  /** Plain text, at most 1,000 characters. */
  readonly summary: string;
  /** HTML of ours: paragraphs of escaped text, 1 to 100,000 characters. Nothing of the stranger's markup is in it. */
  readonly content: string;
  /** An http or https address. */
  readonly url: string | null;
  /** Undefined where the feed does not say, or nothing that can be read. */
  readonly publishedAtMs: number | undefined;
}

export interface FoundFeed {
  /** Plain text, at most 200 characters; empty if it has none. */
  readonly title: string;
  /** How often it wants to be read at most, if it says so. */
  readonly refreshMs: number | undefined;
  /** The newest, at most 100, in the order of the document. */
  readonly entries: readonly FoundEntry[];
}

/** As it stands in the document: texts as HTML, everything else as it is written. */
export interface WrittenEntry {
  id?: string;
  /** What it is called by, which may be its address, too. */
  permalink?: string;
  url?: string;
  title?: string;
  summary?: string;
  content?: string;
  published?: string;
  updated?: string;
}

export interface WrittenFeed {
  readonly title: string;
  readonly refreshMs: number | undefined;
  readonly entries: readonly WrittenEntry[];
}

/** More than this are not looked at. */
export const mostWritten = 2_000;

/** What came is no feed; the message says why, in words for the subscriber. */
export class NotAFeedError extends Error {
  override readonly name = "NotAFeedError";
}
