import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

const feed = { slug: "x", title: "X" };
const entry = { title: "X", content: "x" };
const [feeds, entries] = ["/api/feeds", "/api/feeds/news/entries"];
const long = (length: number) => "x".repeat(length);

interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string }[];
}

describe("a body that is wrong is refused with the name of what is wrong", () => {
  test.each<[title: string, path: string, body: string | Uint8Array<ArrayBuffer>, fields: string[] | undefined]>([
    ["nothing", feeds, "", undefined],
    ["half of JSON", feeds, '{"slug":', undefined],
    ["a NUL byte", feeds, "\0", undefined],
    ["bytes that are no text", feeds, new Uint8Array([0xff, 0xfe, 0x00]), undefined],
    ["ten thousand brackets", feeds, "[".repeat(10_000), undefined],
    ["a text", feeds, '"x"', [""]],
    ["null", feeds, "null", [""]],
    ["a list", feeds, "[]", [""]],
    ["no fields", feeds, "{}", ["slug", "title"]],
    [
      "wrong types",
      feeds,
      JSON.stringify({ slug: 1, title: ["X"], description: {} }),
      ["slug", "title", "description"],
    ],
    ["an unknown field", feeds, JSON.stringify({ ...feed, plan: "enterprise" }), [""]],
    ["an owner", feeds, JSON.stringify({ ...feed, ownerId: "5eed" }), [""]],
    ["a field of every object", feeds, '{"slug":"x","title":"X","__proto__":{"admin":true}}', [""]],
    ["a slug in capitals", feeds, JSON.stringify({ ...feed, slug: "X" }), ["slug"]],
    ["a slug with a suffix", feeds, JSON.stringify({ ...feed, slug: "x.rss" }), ["slug"]],
    ["a slug of 65 letters", feeds, JSON.stringify({ ...feed, slug: long(65) }), ["slug"]],
    ["a slug that is a path", feeds, JSON.stringify({ ...feed, slug: "../x" }), ["slug"]],
    ["a slug with a line feed", feeds, JSON.stringify({ ...feed, slug: "x\n" }), ["slug"]],
    ["a title of blanks", feeds, JSON.stringify({ ...feed, title: "  " }), ["title"]],
    ["a title of 201 characters", feeds, JSON.stringify({ ...feed, title: long(201) }), ["title"]],
    ["a NUL in a title", feeds, JSON.stringify({ ...feed, title: "a\0b" }), ["title"]],
    ["a vertical tab in a title", feeds, JSON.stringify({ ...feed, title: "a\vb" }), ["title"]],
    ["half a surrogate pair", feeds, '{"slug":"x","title":"\\ud800"}', ["title"]],
    ["a long description", feeds, JSON.stringify({ ...feed, description: long(1_001) }), ["description"]],
    ["a script as homepage", feeds, JSON.stringify({ ...feed, homepage: "javascript:alert(1)" }), ["homepage"]],
    ["a homepage without a host", feeds, JSON.stringify({ ...feed, homepage: "http://" }), ["homepage"]],
    [
      "a long homepage",
      feeds,
      JSON.stringify({ ...feed, homepage: `http://example.com/${long(2_048)}` }),
      ["homepage"],
    ],
    ["an entry without content", entries, JSON.stringify({ title: "X" }), ["content"]],
    ["content of 100,001 characters", entries, JSON.stringify({ ...entry, content: long(100_001) }), ["content"]],
    ["an entry of the future", entries, JSON.stringify({ ...entry, publishedAtMs: 9e15 }), [""]],
    ["a file as url", entries, JSON.stringify({ ...entry, url: "file:///etc/passwd" }), ["url"]],
  ])("%s", async (_, path, body, fields) => {
    const { send, as } = await startFeeds();
    const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json" };
    const response = await send(path, { method: "POST", headers, body });
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({ status: 400, title: "Bad Request" });
    expect(response.status).toBe(400);
    expect(problem.errors?.map(({ field }) => field)).toEqual(fields);
    expect(await (await as("pro", "/api/feeds")).json()).toMatchObject({ feeds: [{ slug: "news", entryCount: 20 }] });
  });

  test("JSON that does not say so gets the cure", async () => {
    const { send } = await startFeeds();
    const headers = { Authorization: "Bearer demo-pro" };
    const response = await send(feeds, { method: "POST", headers, body: JSON.stringify(feed) });
    expect(response.status).toBe(400);
    expect(((await response.json()) as Problem).detail).toContain("Content-Type: application/json");
  });

  test.each([
    ["announced", { "Content-Length": "1000001" }, long(1_000_001)],
    ["unannounced", {}, new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })],
  ])("a body that is too large, %s, is not read to its end", async (_, length, body) => {
    const { send } = await startFeeds();
    const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json", ...length };
    const response = await send(feeds, { method: "POST", headers, body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  });

  test("the longest entry there may be is taken", async () => {
    const { as } = await startFeeds();
    const content = "\u{1f331}".repeat(50_000);
    const made = await as("pro", entries, { ...entry, title: "é".repeat(200), content });
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({ content });
  });
});

describe("an address that is wrong is refused", () => {
  test.each<[path: string, status: number]>([
    ["/", 404],
    ["/api", 404],
    ["/api/", 404],
    ["/api/nothing", 404],
    ["/api/feeds/", 404],
    ["/api/feeds/olds/entries", 404],
    ["/api/feeds/NEWS/entries", 404],
    ["/api/feeds/%00/entries", 404],
    ["/api/feeds/news%00/entries", 404],
    ["/api/feeds/%/entries", 404],
    ["/api/feeds/%E0%A4%A/entries", 404],
    ["/api/feeds/%ff%fe/entries", 404],
    ["/api/feeds/news%2fentries", 404],
    ["/api/feeds/..%2f..%2fhealth/entries", 404],
    [`/api/feeds/${long(9_000)}/entries`, 404],
    ["/api/feeds/news/entries/1", 404],
    ["/api/feeds/news/entries/5eed0000-0000-8000-8000-000000000002'--", 404],
    ["/api/feeds?limit=0", 400],
    ["/api/feeds?limit=101", 400],
    ["/api/feeds?limit=1.5", 400],
    ["/api/feeds?limit=-1", 400],
    ["/api/feeds?limit=", 400],
    ["/api/feeds?limit=1e1", 400],
    ["/api/feeds?limit=1&limit=2", 400],
    ["/api/feeds?limit=%00", 400],
    ["/api/feeds?cursor=%00", 400],
    ["/api/feeds?cursor=../..", 400],
    ["/api/feeds/news/entries?cursor=1", 400],
    ["/api/feeds/news/entries?cursor=1_x", 400],
    ["/api/feeds/news/entries?cursor=9999999999999999_5eed0000-0000-8000-8000-000000000002", 400],
    ["/api/feeds/news/entries?limit=1&cursor=1_'or'1'='1", 400],
    ["/public/pro", 404],
    ["/public/pro/", 404],
    ["/public/pro/news/more", 404],
    ["/public/pro/news.xml", 404],
    ["/public/pro/.rss", 404],
    ["/public/%/news", 404],
    ["/public/pro%00/news", 404],
    ["/public/PRO/news", 404],
    ["/public/pro'--/news", 404],
    [`/public/${long(9_000)}/${long(3_000)}`, 404],
  ])("%s", async (path, status) => {
    const { send } = await startFeeds();
    const response = await send(path, { headers: { Authorization: "Bearer demo-pro" } });
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });

  test.each(["PUT", "PATCH", "DELETE", "QUERY", "BREW"])("%s", async (method) => {
    const { send } = await startFeeds();
    for (const path of ["/health", "/api/feeds", "/public/pro/news"]) {
      const response = await send(path, { method, headers: { Authorization: "Bearer demo-pro" } });
      expect(response.status, path).toBe(404);
    }
  });
});

describe("headers that make no sense do no harm", () => {
  test.each<[name: string, value: string]>([
    ["Accept", ",;q=,,*/*;q=2;"],
    ["Accept", long(60_000)],
    ["If-None-Match", `${'"x", '.repeat(10_000)}"`],
    ["If-None-Match", '"'.repeat(60_000)],
    ["If-Modified-Since", long(60_000)],
    ["User-Agent", "\xff\xfe\x80"],
    ["Authorization", `Bearer ${" ".repeat(60_000)}`],
    ["X-Forwarded-For", ",,,,"],
    ["Content-Length", "1"],
  ])("%s: %s", async (name, value) => {
    const { send } = await startFeeds();
    const started = performance.now();
    expect((await send("/public/pro/news", { headers: { [name]: value } })).status).toBe(200);
    const authorized = { Authorization: "Bearer demo-pro", [name]: value };
    expect([200, 401]).toContain((await send("/api/feeds", { headers: authorized })).status);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("a request without an address is refused, and a known feed is read and logged all the same", async () => {
    const { app } = await startFeeds();
    expect((await app.request("/api/me")).status).toBe(403);
    expect((await app.request("/public/pro/news")).status).toBe(200);
    expect((await app.request("/public/pro/olds")).status).toBe(403);
  });
});

test("a client that goes away while it sends is no mistake of ours", async () => {
  const { send, log } = await startFeeds();
  const gone = new AbortController();
  const body = new ReadableStream({
    pull(controller) {
      gone.abort();
      controller.error(new Error("aborted"));
    },
  });
  const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json" };
  const init = { method: "POST", headers, body, duplex: "half", signal: gone.signal };
  expect((await send(feeds, init as RequestInit)).status).toBe(400);
  expect(log.map(({ level }) => level)).not.toContain("error");
});

describe("what nobody foresaw", () => {
  test("is a 500 that tells nothing, and is logged", async () => {
    const { as, db, log } = await startFeeds();
    await db.run("alter table feeds rename to elsewhere");
    const response = await as("pro", "/api/feeds");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/sql|select|elsewhere|feeds/i);
    expect(log.filter(({ level }) => level === "error")).toMatchObject([
      { message: "unexpected error", fields: { path: "/api/feeds" } },
    ]);
  });
});
