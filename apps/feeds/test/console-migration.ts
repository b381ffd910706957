/** What the console's migration has to make of the rows in rows-before-console.sql, on whichever SQLite it runs. */

import { expect } from "vitest";

type Row = Readonly<Record<string, unknown>>;

/** Asks a database, which gives rows by the names of their columns. */
export type Rows = (sql: string) => Promise<readonly Row[]>;

/** Tables that the migration leaves as they are, users included but for their new column. */
const untouched =
  "feeds entries inboxes digest_subscriptions digest_feeds messages bounce_events prospects subscriptions".split(" ");

/** Everything in them now. */
export async function rowsThatStay(rows: Rows): Promise<Readonly<Record<string, readonly Row[]>>> {
  const users = await rows("select id, username, role, token_hash, created_at_ms from users order by id");
  const others = [];
  for (const table of untouched) {
    const found = await rows(`select * from ${table}`);
    // A later migration has added them.
    others.push([table, found.map(({ listed: _, refresh_ms: __, ...row }) => row)] as const);
  }
  return { users, ...Object.fromEntries(others) };
}

/** Throws where a row is lost or is not what it was, `before` being what stays. */
export async function expectMoved(rows: Rows, before: Awaited<ReturnType<typeof rowsThatStay>>): Promise<void> {
  expect(Object.values(before).every(({ length }) => length > 0)).toBe(true);
  expect(await rowsThatStay(rows)).toEqual(before);
  expect(await rows("select id, plan_id from users order by id")).toEqual([
    { id: "u1", plan_id: "free" },
    { id: "u2", plan_id: "pro" },
    { id: "u3", plan_id: "enterprise" },
  ]);
  const plans = "select id, api_per_minute as api, public_feed_per_minute as feed, price_cents as cents, version";
  expect(await rows(`${plans} from sluice_plans order by price_cents`)).toEqual([
    { id: "free", api: 60, feed: 17, cents: 0, version: 1 },
    { id: "pro", api: 180, feed: 167, cents: 1_000, version: 1 },
    { id: "enterprise", api: 600, feed: 1_667, cents: 5_000, version: 1 },
  ]);
  const granted = { limit_name: "api", expires_at_ms: null, version: 1 };
  expect(await rows("select * from sluice_overrides order by created_at_ms")).toEqual([
    { ...granted, ...by("cleo", 10), user_id: "u1", units: 5, note: "a fair" },
    {
      ...{ ...granted, ...by("cleo", 20), user_id: "u1", limit_name: "publicFeed", units: null, expires_at_ms: 99 },
      note: "granted without a note",
    },
    { ...granted, ...by("root", 30), user_id: "u2", units: 0, note: "x".repeat(500), expires_at_ms: 4_102_444_800_000 },
  ]);
  const read = { is_pseudonym: 0 };
  expect(await rows("select * from sluice_feed_access order by id")).toEqual([
    {
      ...read,
      ...of("f1", "u1"),
      id: 3,
      at_ms: 100,
      ...from("192.0.2.1", "reader/1"),
      status: 200,
      decision: "allowed",
    },
    { ...read, ...of("f2", "u2"), id: 5, at_ms: 101, ...from("2001:db8::1", ""), status: 304, decision: "allowed" },
    {
      ...read,
      ...of("f1", "u1"),
      id: 6,
      at_ms: 102,
      ...from("192.0.2.2", `it's -- "one"`),
      status: 429,
      decision: "denied",
    },
    { ...read, ...of("f2", "u2"), id: 9, at_ms: 103, ...from("", "x"), status: 403, decision: "denied" },
  ]);
  expect(await rows("select name from sqlite_master where name in ('overrides', 'access_log')")).toEqual([]);
  expect(await rows("pragma foreign_key_check")).toEqual([]);
}

const by = (who: string, atMs: number) => ({
  ...{ granted_by: who, created_at_ms: atMs, reviewed_at_ms: atMs, reviewed_by: who },
});
const of = (feed: string, owner: string) => ({ feed_id: feed, owner_id: owner });
const from = (address: string, agent: string) => ({ address, user_agent: agent });
