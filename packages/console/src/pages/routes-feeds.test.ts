/** Feed access and usage over the real console: what is shown, what is in no address, and what it costs. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { elements, faultsOf, parsed, textOf } from "../../test/html.ts";
import { addUpReads } from "../../test/many-rows.ts";
import { type ConsoleApp, consoleApp } from "../../test/pages-app.ts";

let the: ConsoleApp;
beforeEach(() => {
  the = consoleApp();
});
afterEach(() => the.database.close());

const agent = "Mozilla/5.0 <script>alert(1)</script>";

/** Reads of feed-1, one a minute, the newest last; every third is refused, every second is of one address. */
function read(count: number): void {
  const insert = the.database.sqlite.prepare(`
    insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision) values (?, 'u1', ?, ?, ?, ?, ?)`);
  for (let i = 0; i < count; i++) {
    const address = i % 2 === 0 ? "203.0.113.7" : "2001:db8::1";
    const [status, decision] = i % 3 === 0 ? [429, "denied"] : [200, "allowed"];
    insert.run("feed-1", the.clock.now() - (count - i) * 60_000, address, agent, status, decision);
  }
  addUpReads(the.database.sqlite);
}

async function page(path: string) {
  const answer = await the.get(path);
  const html = await answer.text();
  expect(faultsOf(html)).toEqual([]);
  const [main] = elements(parsed(html), "main");
  if (main === undefined) throw new Error("the page has no main");
  return {
    status: answer.status,
    text: textOf(main).replace(/\s+/g, " "),
    links: elements(main, "a").map(({ attributes }) => attributes.get("href") ?? ""),
    rows: (caption: string) => {
      const table = elements(main, "table").find((one) => textOf(elements(one, "caption")[0] ?? one) === caption);
      return table === undefined
        ? []
        : elements(table, "tr")
            .slice(1)
            .map((row) => textOf(row));
    },
  };
}

describe("feed access", () => {
  it("counts the day, shows the last 50, and goes on from there", async () => {
    read(60);
    const first = await page("/admin/feeds");
    expect(first.text).toContain("Reads60Refused2033.3 %");
    expect(first.rows("Reads of public feeds")).toHaveLength(50);
    const next = first.links.find((link) => link.includes("after=")) ?? "";
    expect((await page(next)).rows("Reads of public feeds")).toHaveLength(10);
    expect(first.rows("Readers by reads")).toHaveLength(2);
    expect(first.rows("Feeds by reads")).toEqual(["Ada reads6020"]);
  });

  it("is narrowed to one address by a row that has it: no address and no user agent is in any link", async () => {
    read(6);
    const all = await page("/admin/feeds");
    expect(all.links.filter((link) => /203\.0|2001|Mozilla|script/i.test(decodeURIComponent(link)))).toEqual([]);
    const only = all.links.find((link) => link.includes("addressOf=")) ?? "";
    const one = await page(only);
    expect(one.text).toContain("only one address");
    expect(new Set(one.rows("Reads of public feeds").map((row) => row.includes("2001:db8::1")))).toEqual(
      new Set([true]),
    );
    expect(one.text).toContain("Reads3");
    const denied = await page(`${only}&decision=denied`);
    expect(denied.rows("Reads of public feeds")).toHaveLength(1);
    expect(denied.links).toContain("/admin/feeds?decision=denied");
  });

  it("says where it tells of the newest reads alone, and counts all of the day all the same", async () => {
    read(20_100);
    the.database.sqlite.exec(`update sluice_feed_access set at_ms = ${the.clock.now()} - id`);
    addUpReads(the.database.sqlite);
    const all = await page("/admin/feeds");
    expect(all.text).toContain("Last 24 hoursReads20,100");
    expect(all.text.match(/All feeds, last 24 hours, of the newest 20,000 reads\./g)).toHaveLength(2);
    const one = await page("/admin/feeds?feed=feed-1");
    expect(one.text).toContain("Of the newest 20,000 reads; older ones are not counted here.Reads20,000");
    const user = await page("/admin/users/u1");
    expect(user.text).toContain("Of the newest 20,000 reads; older ones are not counted here.");
    the.database.sqlite.exec("update sluice_feed_access set decision = 'open' where id = 20100");
    const [older, ...others] = (await page("/admin/feeds?feed=feed-1&decision=open")).links.filter((link) =>
      link.includes("after="),
    );
    expect(others).toEqual([]);
    expect((await page(older ?? "")).rows("Reads of public feeds")).toHaveLength(1);
  });

  it("is a file under the same filters", async () => {
    read(6);
    const { links } = await page("/admin/feeds?decision=denied");
    const file = await the.get(links.find((link) => link.includes(".csv")) ?? "");
    expect(file.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect(file.headers.get("Content-Disposition")).toContain("attachment");
    expect((await file.text()).trim().split("\r\n")).toHaveLength(3);
  });

  it("refuses a cursor that is none, and a row that is gone, in words", async () => {
    read(2);
    expect(await page("/admin/feeds?after=..%2F%00")).toMatchObject({ status: 422 });
    expect(await page("/admin/feeds?addressOf=99")).toMatchObject({ status: 404 });
    expect((await page("/admin/feeds?addressOf=1e9&feed=%20")).rows("Reads of public feeds")).toHaveLength(2);
  });
});

describe("each page", () => {
  it.each([
    ["/admin/plans", 1],
    ["/admin/plans/free", 1],
    ["/admin/users", 3],
    ["/admin/users/u1", 12],
    ["/admin/feeds", 5],
    ["/admin/feeds?addressOf=2", 8],
    ["/admin/outbound", 1],
    ["/usage", 12],
  ])("%s asks at most %d statements, and as many whatever there is", async (path, most) => {
    read(3);
    const asked = async (): Promise<number> => {
      the.database.statements.length = 0;
      expect((await the.get(path)).status).toBe(200);
      return the.database.statements.length;
    };
    const few = await asked();
    read(100);
    for (let i = 0; i < 60; i++) the.database.sqlite.exec(`insert into users values ('m${i}', 'member ${i}', 'free')`);
    await the.post("/admin/users/u1/limits/api/grant", { units: "5", note: "x", version: "0" });
    expect(await asked()).toBe(few);
    expect(few).toBeLessThanOrEqual(most);
  });
});

describe("usage & limits", () => {
  it("tells the user what holds and is left, and not who granted it or why", async () => {
    await the.post("/admin/users/u1/limits/api/grant", { units: "120", note: "paid by Carol", version: "0" });
    const policy = { name: "api", limit: 120, algorithm: "token-bucket", windowMs: 60_000 } as const;
    await the.backend.consume([{ policy, key: "api:u1", shard: "u1", cost: 20 }]);
    read(6);
    const { text, rows } = await page("/usage");
    expect(text).toContain("Rate limiting: on, memory, process, exact");
    expect(text).toContain("120 requests per minute custom");
    expect(text).toContain("20 of 120");
    expect(text).toContain("Left now100");
    expect(rows("Feeds by reads")).toEqual(["Ada reads62"]);
    expect(text).not.toMatch(/Carol|alice/);
  });
});
