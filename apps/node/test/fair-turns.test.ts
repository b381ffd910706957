import { prospects, subscriptions, users } from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test } from "vitest";
import { dueFeeds } from "../../feeds/src/gathering/due.ts";
import { nameIn, stand, startMs } from "./prospect-services.ts";
import { subscribed } from "./subscribed.ts";

let stop: (() => Promise<unknown>) | undefined;
afterEach(async () => await stop?.());

describe("prospects", () => {
  /** The first user's wait for longest; the others' are later, and fewer. */
  async function several(count: number, others: number) {
    const made = await stand(count);
    stop = made.stop;
    const [, ...rest] = await made.db.select().from(users);
    const dates = { createdAtMs: startMs, updatedAtMs: startMs };
    for (let n = 1; n <= others; n++) {
      const own = { id: crypto.randomUUID(), userId: rest[n % 2]?.id ?? "", name: `company-${900 + n}` };
      const later = { nextTryAtMs: startMs - 500 + n, ...dates };
      await made.db.insert(prospects).values({ ...own, ...later, site: null, emailState: "pending" });
    }
    return made;
  }

  test("of one user wait for one of each other, however many they are", async () => {
    const { run, asked } = await several(60, 3);
    await run(undefined, 6);
    expect(asked.grok.map(nameIn)).toEqual([
      ...["company-1", "company-901", "company-902"],
      ...["company-2", "company-903", "company-3"],
    ]);
  });

  test("that need a service that is left alone make room for those that need another", async () => {
    const { run, asked, change, db } = await several(40, 2);
    await db.update(prospects).set({ site: "https://given.example" }).where(eq(prospects.name, "company-902"));
    await db.update(prospects).set({ site: "https://given.example" }).where(eq(prospects.name, "company-40"));
    change("search", { answer: () => ({ status: 403 }) });
    await run(undefined, 4);
    expect(asked.search).toHaveLength(1);
    expect(asked.grok.map(nameIn)).toEqual(["company-40", "company-902"]);
  });
});

describe("feeds elsewhere", () => {
  test("are one of each host, then a second, so that hosts with many keep no other waiting", async () => {
    const { db, subscribe, rows, now } = await subscribed();
    await subscribe("https://last.example/feed");
    const [last] = await rows();
    if (last === undefined) throw new Error("there is none");
    for (const host of ["http://one.example", "https://two.example:8443"]) {
      for (let n = 0; n < 120; n++) {
        const url = `${host}/a//${n}`;
        await db.insert(subscriptions).values({ ...last, id: url, url, nextFetchAtMs: last.nextFetchAtMs - 1_000 + n });
      }
    }
    const due = await dueFeeds(db, now());
    expect(due.map(([first]) => first?.url)).toEqual([
      ...["http://one.example/a//0", "https://two.example:8443/a//0", "https://last.example/feed"],
    ]);
    expect(due.map(({ length }) => length)).toEqual([50, 49, 1]);
    expect(due[0]?.map(({ url }) => url)).toEqual(Array.from({ length: 50 }, (_, n) => `http://one.example/a//${n}`));
  });

  test("are written first to who has waited longest", async () => {
    const { db, subscribe, rows, now } = await subscribed();
    const url = "https://news.example/feed";
    for (const user of ["free", "pro", "enterprise"]) await subscribe(url, user);
    const ids = (await rows()).map(({ id }) => id);
    for (const [n, id] of ids.entries()) {
      await db
        .update(subscriptions)
        .set({ nextFetchAtMs: now() - 1_000 * n })
        .where(eq(subscriptions.id, id));
    }
    const [[feed] = []] = await dueFeeds(db, now());
    expect(feed?.subscribers.map(({ id }) => id)).toEqual(ids.toReversed());
  });
});
