/** The demo data: four users whose tokens everybody knows, each with a feed to read. */

import { count, inArray } from "drizzle-orm";
import type { Database } from "../database.ts";
import { digestFeeds, digestSubscriptions, entries, feeds, inboxes, users } from "../schema.ts";
import { asHtml } from "../text.ts";
import { hashToken } from "../token.ts";
import type { Article } from "./article.ts";
import { demoId } from "./demo-ids.ts";
import { inboxRows } from "./inboxes.ts";
import { lanternStreet } from "./lantern-street.ts";
import { northline } from "./northline.ts";
import { serviceNotes } from "./service-notes.ts";
import { smallOrchard } from "./small-orchard.ts";

interface Demo {
  readonly username: string;
  readonly plan: string;
  readonly role: "member" | "admin";
  readonly title: string;
  readonly description: string;
  readonly articles: readonly Article[];
}

const demos: readonly Demo[] = [
  {
    username: "free",
    plan: "free",
    role: "member",
    title: "Lantern Street",
    description: "What happens between number 1 and number 44.",
    articles: lanternStreet,
  },
  {
    username: "pro",
    plan: "pro",
    role: "member",
    title: "Small Orchard",
    description: "A fruit grower's journal: what was tried, what it cost, what it brought.",
    articles: smallOrchard,
  },
  {
    username: "enterprise",
    plan: "enterprise",
    role: "member",
    title: "Northline Rail",
    description: "Notices to passengers: timetables, works and stations.",
    articles: northline,
  },
  {
    username: "admin",
    plan: "enterprise",
    role: "admin",
    title: "Service notes",
    description: "What changes in this service.",
    articles: serviceNotes,
  },
];

// Ids and instants are fixed, so that every seeded instance serves the same bytes under the same ETag.
const newestMs = Date.UTC(2026, 2, 27, 7, 30);
const stepMs = 53 * 3_600_000;
const firstMs = Date.UTC(2026, 0, 1);

/** D1 binds at most 100 values in a statement, and an entry has seven. */
const entriesPerStatement = 14;

/** Puts the demo data into a database without users, all of it or nothing; tells whether it did. */
export async function seedWhenEmpty(db: Database): Promise<boolean> {
  const found = await db.select({ users: count() }).from(users).get();
  if (found === undefined || found.users > 0) return false;
  const hashes = await Promise.all(demos.map(({ username }) => hashToken(demoToken(username))));
  const userRows = demos.map(({ username, plan, role }, n) => {
    return { id: demoId(n, 0), username, plan, role, tokenHash: hashes[n] ?? "", createdAtMs: firstMs };
  });
  const feedRows = demos.map(({ title, description }, n) => {
    return { id: demoId(n, 1), ownerId: demoId(n, 0), slug: "news", title, description, createdAtMs: firstMs };
  });
  const entryRows = demos.flatMap(({ articles }, n) => articles.map((article, index) => entryRow(n, index, article)));
  const chunks = Array.from({ length: Math.ceil(entryRows.length / entriesPerStatement) }, (_, index) =>
    entryRows.slice(index * entriesPerStatement, (index + 1) * entriesPerStatement),
  );
  // Two processes may find the database empty at once; the second then writes nothing.
  await db.batch([
    db.insert(users).values(userRows).onConflictDoNothing(),
    db.insert(feeds).values(feedRows).onConflictDoNothing(),
    ...chunks.map((rows) => db.insert(entries).values(rows).onConflictDoNothing()),
    db.insert(inboxes).values(inboxRows(firstMs)).onConflictDoNothing(),
    db.insert(digestSubscriptions).values(demos.map(subscriptionRow)).onConflictDoNothing(),
    db.insert(digestFeeds).values(demos.flatMap(readRows)).onConflictDoNothing(),
  ]);
  return true;
}

/** The demo tokens that open an account here, so that a start-up can say so. */
export async function demoTokens(db: Database): Promise<string[]> {
  const tokens = new Map<string, string>();
  for (const { username } of demos) tokens.set(await hashToken(demoToken(username)), demoToken(username));
  const { tokenHash } = users;
  const found = await db
    .select({ tokenHash })
    .from(users)
    .where(inArray(tokenHash, [...tokens.keys()]));
  return found.flatMap((user) => tokens.get(user.tokenHash) ?? []).sort();
}

function demoToken(username: string): string {
  return `demo-${username}`;
}

function entryRow(n: number, index: number, [title, lead, rest]: Article) {
  const content = `<p>${asHtml(lead)}</p>\n<p>${asHtml(rest)}</p>`;
  const publishedAtMs = newestMs - n * 3_600_000 - index * stepMs;
  return { id: demoId(n, index + 2), feedId: demoId(n, 1), title, summary: lead, content, url: null, publishedAtMs };
}

/** Everybody reads everybody else's; the addresses are of a name that is nobody's. */
function subscriptionRow({ username, plan }: Demo, n: number) {
  const cadence = plan === "pro" ? ("weekly" as const) : ("daily" as const);
  const address = `${username}@readers.example`;
  return { userId: demoId(n, 0), address, cadence, lastDigestAtMs: firstMs, createdAtMs: firstMs };
}

function readRows(_: Demo, n: number) {
  return demos.flatMap((_, other) => (other === n ? [] : [{ userId: demoId(n, 0), feedId: demoId(other, 1) }]));
}
