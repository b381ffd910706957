/** Questions about more reads than are looked at: what is told is said of so many, and what is listed goes on where the search stopped. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { feedDirectory, type TestDatabase, testDatabase, userDirectory } from "../../test/database.ts";
import { fillManyRows } from "../../test/many-rows.ts";
import { mostLookedAt } from "../records/feed-access.ts";
import type { FeedsAdmin } from "./feeds-admin.ts";
import { feedsAdmin } from "./make-feeds-admin.ts";

const nowMs = Date.UTC(2026, 10, 22, 12, 34, 56, 789);

let test: TestDatabase;
let admin: FeedsAdmin;

beforeAll(() => {
  test = testDatabase();
  fillManyRows(test.sqlite, { nowMs, reads: 70_000, days: 1, users: 1_000, feeds: 1_000 });
  admin = feedsAdmin({ db: test.db, users: userDirectory, feeds: feedDirectory, now: () => nowMs });
}, 60_000);

afterAll(() => test.close());

describe("the answers", () => {
  it("say of how many they tell, where they are more than are looked at", async () => {
    const of = mostLookedAt;
    test.sqlite.exec("update sluice_feed_access set user_agent = 'one of many' where id > 70000 - 3 * 20000");
    const many = Number(test.sqlite.prepare("select max(id) as id from sluice_feed_access").get()?.["id"]);
    const denied = test.sqlite.prepare(
      "select count(*) as n from sluice_feed_access where id > 70000 - 20000 and decision = 'denied'",
    );
    const { n } = denied.get() as { n: number };
    expect(await admin.count24h({ agentOf: many })).toEqual({ reads: of, denied: n, of });
    expect(await admin.count24h({ agentOf: many, decision: "denied" })).toEqual({ reads: n, denied: n, of });
    // They began at 5:43. Of the hours before nothing is known: they are left out, and not said to be empty.
    const hours = await admin.byHour({ agentOf: many });
    expect(hours.map(({ atMs }) => new Date(atMs).getUTCHours())).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(hours.reduce((sum, { reads }) => sum + reads, 0)).toBe(of);
    expect(hours.every((hour) => hour.of === of)).toBe(true);
    const known = await admin.byHour({ feed: "feed-7" });
    expect([known.length, known.some((hour) => hour.of !== undefined)]).toEqual([24, false]);
    const [readers, feeds] = [await admin.topReaders(3), await admin.topFeeds(3)];
    expect([...readers, ...feeds].map((one) => one.of)).toEqual([of, of, of, of, of, of]);
    expect(feeds[0]?.reads).toBe(20);
    const few = await admin.feedsOf("user-679");
    expect(few).toEqual([expect.objectContaining({ feedId: "feed-7", reads: 70, of: undefined })]);
    test.sqlite.exec("update sluice_feed_access set owner_id = 'user-679' where id > 70000 - 20000");
    const owned = await admin.feedsOf("user-679");
    expect([owned.length, owned.every((one) => one.of === of)]).toEqual([1_000, true]);
  });

  it("go on where they stopped: rows that are far apart are found in several parts, and in one file", async () => {
    const filter = { decision: "open", agentOf: 70_000 } as const;
    const wanted = test.sqlite
      .prepare(
        "select id from sluice_feed_access where user_agent = 'one of many' and decision = 'open' order by id desc",
      )
      .all()
      .map(({ id }) => id);
    expect(wanted.length).toBeGreaterThan(5);
    const parts: number[][] = [];
    for (let after: string | undefined, i = 0; i === 0 || after !== undefined; i++) {
      const part = await admin.list({ ...filter, limit: 50, after });
      parts.push(part.items.map(({ id }) => id));
      after = part.next;
    }
    // As many parts as there are times 20,000 rows to look at, and one that finds the end.
    expect([parts.length, parts.flat()]).toEqual([4, wanted]);
    const file = await new Response(await admin.csv(filter)).text();
    expect(
      file
        .trimEnd()
        .split("\r\n")
        .slice(1)
        .map((line) => Number(line.split(",")[0])),
    ).toEqual(wanted);
  });
});
