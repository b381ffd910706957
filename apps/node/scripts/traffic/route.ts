/** Where a logged request goes in this app: always the same place for the same line, whoever replays it. */

import type { LoggedRequest } from "./access-log.ts";
import { readerOf } from "./reader.ts";

/** A request to this app. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** The user whose demo token goes along. */
  readonly user?: string | undefined;
  readonly body?: string | undefined;
  /** A conditional read: with the validator last seen at this path, or with one that is outdated. */
  readonly condition?: "seen" | "outdated" | undefined;
}

/** How much of the traffic each gets, in hundredths of all addresses or feeds. */
type Shares = readonly (readonly [name: string, share: number])[];

const callers: Shares = [
  ["nobody", 14],
  ["free", 6],
  ["pro", 20],
  ["enterprise", 32],
  ["admin", 28],
];

const owners: Shares = [
  ["free", 15],
  ["pro", 45],
  ["enterprise", 22],
  ["admin", 18],
];

const reads: Shares = [
  ["/api/me", 40],
  ["/api/feeds", 30],
  ["/api/feeds/news/entries", 30],
];

/**
 * - What was published stays a publication: POST becomes a new entry.
 * - What was not there is not there: 404 becomes the feed of an unknown user.
 * - Feeds, feed readers and conditional reads (304) become reads of a public feed, each by its address and path one
 *   owner's. A third of the readers that got a full answer asked with an outdated validator.
 * - All else becomes a call to the API, with the token of a demo user, each address always the same, or with none.
 */
export function routeOf(request: LoggedRequest): Route {
  const { method, path, status, address, line } = request;
  const caller = shared(callers, address);
  const user = caller === "nobody" ? undefined : caller;
  if (method === "POST") {
    const body = JSON.stringify({
      title: `From line ${line}`,
      content: `Replayed from the log: ${path.slice(0, 200)}`,
    });
    return { method, path: "/api/feeds/news/entries", user, body };
  }
  if (method === "GET" || method === "HEAD") {
    if (status === 404) return { method, path: `/public/stranger-${hash(path) % 1_000}/news` };
    const isReader = readerOf(request.agent) !== undefined;
    if (status === 304 || isReader || isFeed(path)) {
      const owner = shared(owners, `${address} ${path}`);
      const outdated = isReader && status === 200 && hash(String(line)) % 3 === 0;
      const condition = status === 304 ? "seen" : outdated ? "outdated" : undefined;
      return { method, path: `/public/${owner}/news${suffix(path)}`, condition };
    }
  }
  return { method, path: shared(reads, path), user };
}

/** A path or a flavour that names a feed; not a page that somebody came to from one (`utm_medium=feed`). */
export function isFeed(path: string): boolean {
  const [file = "", query = ""] = path.split("?", 2);
  return /(^|[/._-])(rss\d*|atom|feeds?|rdf)([/._-]|$)/i.test(file) || /(^|&)flav=/.test(query);
}

function suffix(path: string): string {
  if (!isFeed(path)) return "";
  return /atom/i.test(path) ? ".atom" : /json/i.test(path) ? ".json" : /rss/i.test(path) ? ".rss" : "";
}

function shared(shares: Shares, text: string): string {
  let place = hash(text) % 100;
  for (const [name, share] of shares) {
    if (place < share) return name;
    place -= share;
  }
  throw new Error("Shares have to add up to 100.");
}

/** FNV-1a with a final mix: 32 bits that are the same on every machine. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 16_777_619);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  return (value ^ (value >>> 15)) >>> 0;
}
