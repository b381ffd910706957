/** Demo articles, newest first: what changed in this service, for the feed of the administrator. */

import type { Article } from "./article.ts";

export const serviceNotes: readonly Article[] = [
  [
    "Every API answer now says what is left",
    "Look for the RateLimit field: the name of the limit, what remains, and when it is whole again.",
    "Clients that slow down when it runs low never meet a 429. Retry-After is still there for those that do.",
  ],
  [
    "JSON Feed for every feed",
    "Add .json to a feed's address, or ask for application/feed+json.",
    "RSS and Atom stay where they were, under .rss and .atom and by their media types.",
  ],
  [
    "Reading less often pays",
    "A request that is answered with 304 costs the feed's owner a tenth of a full answer.",
    "Send back the ETag you were given, quotes and all. Nearly all well-known readers already do.",
  ],
  [
    "Limits of the plans, in one place",
    "Free 60, Pro 180 and Enterprise 600 requests a minute to the API.",
    "Public feeds have their own: 17, 167 and 1,667 a minute, shared by all readers of one owner.",
  ],
  [
    "Slugs are checked more strictly",
    "Lower-case letters, digits and inner hyphens, up to 64 of them.",
    "Existing feeds are not renamed. What is refused is refused with the name of the field and the reason.",
  ],
  [
    "Lists come in pages",
    "Feeds and entries are returned in pages of 20, at most 100.",
    "Follow nextCursor until it is null; the cursor stays valid while entries are being added.",
  ],
  [
    "Postmortem: slow answers on the 9th",
    "For fourteen minutes answers took two seconds instead of four milliseconds.",
    "One list issued a statement for each of its rows. A test now counts the statements of every route.",
  ],
  [
    "Tokens are stored as hashes",
    "We keep the SHA-256 of a token and cannot show it to you again.",
    "If you lose it, ask for another. The old one stops working at that moment.",
  ],
  [
    "Errors have a common shape",
    "Everything that goes wrong is answered as application/problem+json.",
    "The detail says what to do; errors, where present, names each field.",
  ],
  [
    "Caches may keep a feed for an hour",
    "Feeds are sent with Cache-Control: public, max-age=3600.",
    "Publish at two minutes to and some readers will see it at one minute to the next hour. That is by design.",
  ],
  [
    "What we log, and what we do not",
    "Feed, address, user agent, status and time of each read; nothing of the API's bodies.",
    "Tokens never reach a log. Owners see the reads of their own feeds.",
  ],
  [
    "Longer entries",
    "The content of an entry may now have a hundred thousand characters.",
    "That is a short novel a month. Bodies over a megabyte are refused with 413 before they are read to the end.",
  ],
  [
    "Feeds survive odd characters",
    "Control characters that XML forbids are refused on the way in and removed on the way out.",
    "A vertical tab pasted from a word processor had made one feed unreadable for a day.",
  ],
  [
    "A second copy of every backup",
    "Backups are now kept in two places and restored, for practice, every month.",
    "The first practice took fifty minutes, the second twelve.",
  ],
  [
    "Retry-After is exact",
    "Wait as long as it says and the next request passes.",
    "It is rounded up to whole seconds, never down, so that no client is sent back to the end of the line.",
  ],
  [
    "Atom entries have stable ids",
    "They no longer depend on the address under which the feed was read.",
    "Readers may show the latest entries once more; after that never again.",
  ],
  [
    "Browsers can call the API",
    "Cross-origin requests are answered, refusals included.",
    "A script can read RateLimit and Retry-After, which is more useful than an opaque failure.",
  ],
  [
    "Overrides for special occasions",
    "A user can be given another number for a while, with a note that says why.",
    "It ends by itself on its date. Nobody has to remember to take it back.",
  ],
  [
    "Maintenance on Sunday",
    "The database moves between five and six in the morning, UTC.",
    "Public feeds stay readable from caches; the API will answer 503 for some minutes.",
  ],
  ["Hello", "This feed tells what changes here, in few words.", "Nothing else will be sent through it."],
];
