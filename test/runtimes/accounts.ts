/** The accounts that cases spend: many of each plan, so that no case meets a quota that another has touched. */

import type { Database } from "@sluice/feeds";
import { entries, feeds, overrides, users } from "@sluice/feeds/schema";

/** A kind of account: a plan, or a plan with an override of both limits. */
export type Kind = "free" | "pro" | "enterprise" | "raised" | "unlimited" | "forbidden" | "expired";

/** Somebody who signs in and publishes one feed, `news`, of three entries. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly token: string;
  readonly feedId: string;
  /** The feed's public path. */
  readonly feed: string;
}

/** How many of each kind there are. A Pro override on a Free user is a tier that every backend has. */
const kinds = {
  free: { count: 80, plan: "free" },
  pro: { count: 30, plan: "pro" },
  enterprise: { count: 4, plan: "enterprise" },
  raised: { count: 8, plan: "free", perMinute: { api: 180, publicFeed: 167 } },
  unlimited: { count: 4, plan: "free", perMinute: { api: null, publicFeed: null } },
  forbidden: { count: 4, plan: "free", perMinute: { api: 0, publicFeed: 0 } },
  expired: { count: 4, plan: "free", perMinute: { api: 180, publicFeed: 167 }, expiresAtMs: Date.UTC(2026, 0, 2) },
} as const satisfies Readonly<
  Record<
    Kind,
    {
      readonly count: number;
      readonly plan: "free" | "pro" | "enterprise";
      readonly perMinute?: Readonly<Record<"api" | "publicFeed", number | null>>;
      readonly expiresAtMs?: number;
    }
  >
>;

const bornMs = Date.UTC(2026, 0, 1);

/** D1 binds at most 100 values in a statement. */
const rowsPerStatement = 10;

/** The account of this number, from 1. */
export function account(kind: Kind, number: number): Account {
  if (!(number >= 1 && number <= kinds[kind].count)) throw new Error(`there is no account ${kind} ${number}`);
  const username = `${kind}-${number}`;
  return {
    id: `user-${username}`,
    username,
    token: `token-${username}`,
    feedId: `feed-${username}`,
    feed: `/public/${username}/news`,
  };
}

/** Gives each caller the next account of a kind that nobody has had. */
export function accountsOf(): (kind: Kind) => Account {
  const given = new Map<Kind, number>();
  return (kind) => {
    const number = (given.get(kind) ?? 0) + 1;
    given.set(kind, number);
    return account(kind, number);
  };
}

/** Writes all of them into a database whose tables are there. */
export async function addAccounts(db: Database): Promise<void> {
  for (const [kind, { count, plan, ...override }] of Object.entries(kinds)) {
    const all = Array.from({ length: count }, (_, index) => account(kind as Kind, index + 1));
    for (const some of chunks(all)) {
      const hashes = await Promise.all(some.map(({ token }) => hashOf(token)));
      await db.insert(users).values(
        some.map(({ id, username }, index) => {
          return { id, username, plan, role: "member" as const, tokenHash: hashes[index] ?? "", createdAtMs: bornMs };
        }),
      );
      await db.insert(feeds).values(
        some.map(({ id, username, feedId }) => {
          const title = `News of ${username}`;
          return { id: feedId, ownerId: id, slug: "news", title, description: "", homepage: null, createdAtMs: bornMs };
        }),
      );
    }
    for (const some of chunks(all.flatMap(entriesOf))) await db.insert(entries).values(some);
    if (!("perMinute" in override)) continue;
    const { perMinute, expiresAtMs = null } = override as {
      perMinute: Record<string, number | null>;
      expiresAtMs?: number;
    };
    const granted = all.flatMap(({ id }) =>
      Object.entries(perMinute).map(([limitName, units]) => {
        const reviewed = { reviewedBy: id, reviewedAtMs: bornMs };
        return {
          userId: id,
          limitName,
          units,
          note: "-",
          grantedBy: id,
          createdAtMs: bornMs,
          expiresAtMs,
          ...reviewed,
        };
      }),
    );
    for (const some of chunks(granted)) await db.insert(overrides).values(some);
  }
}

function entriesOf({ username, feedId }: Account) {
  return [1, 2, 3].map((number) => ({
    id: `entry-${username}-${number}`,
    feedId,
    title: `Number ${number}`,
    summary: "",
    content: `<p>The news of ${username}, number ${number}.</p>`,
    url: null,
    publishedAtMs: bornMs + number * 3_600_000,
  }));
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / rowsPerStatement) }, (_, index) =>
    all.slice(index * rowsPerStatement, (index + 1) * rowsPerStatement),
  );
}

/** As the app keeps tokens: SHA-256 in hexadecimal. */
async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Buffer.from(digest).toString("hex");
}
