import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

// biome-ignore lint/suspicious/noExplicitAny: these are answers of many shapes, and the assertions say which.
const json = async (response: Response): Promise<any> => response.json();

describe("authentication", () => {
  test.each<[title: string, authorization: string | undefined, status: number, challenge: string | null]>([
    ["a known token", "Bearer demo-pro", 200, null],
    ["another spelling of the scheme", "bearer  demo-pro ", 200, null],
    ["nothing", undefined, 401, 'Bearer realm="feeds"'],
    ["an empty header", "", 401, 'Bearer realm="feeds"'],
    ["another scheme", "Basic ZGVtby1wcm86", 401, 'Bearer realm="feeds"'],
    ["the token alone", "demo-pro", 401, 'Bearer realm="feeds"'],
    ["two tokens", "Bearer demo-pro demo-free", 401, 'Bearer realm="feeds"'],
    ["a token nobody has", "Bearer demo-gold", 401, 'Bearer realm="feeds", error="invalid_token"'],
    ["a known token in capitals", "Bearer DEMO-PRO", 401, 'Bearer realm="feeds", error="invalid_token"'],
    ["the hash of a token", `Bearer ${"ab".repeat(32)}`, 401, 'Bearer realm="feeds", error="invalid_token"'],
    ["an endless token", `Bearer ${"x".repeat(10_000)}`, 401, 'Bearer realm="feeds", error="invalid_token"'],
  ])("with %s", async (_, authorization, status, challenge) => {
    const { send, log } = await startFeeds();
    const response = await send("/api/me", {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("WWW-Authenticate")).toBe(challenge);
    if (status === 401) expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(JSON.stringify(log)).not.toContain("demo-");
  });

  test("me", async () => {
    const { as } = await startFeeds();
    expect(await json(await as("admin", "/api/me"))).toMatchObject({
      username: "admin",
      plan: "enterprise",
      role: "admin",
    });
  });
});

describe("feeds", () => {
  test("are made, found at their Location, listed and read by everybody", async () => {
    const { as, send } = await startFeeds();
    const made = await as("pro", "/api/feeds", {
      slug: "cider",
      title: " Cider ",
      homepage: "https://cider.example/a?b=c",
    });
    expect(made.status).toBe(201);
    const feed = await json(made);
    expect(feed).toEqual({
      slug: "cider",
      title: "Cider",
      description: "",
      homepage: "https://cider.example/a?b=c",
      publicPath: "/public/pro/cider",
      createdAt: "2026-06-01T00:00:00.000Z",
    });
    expect(await json(await as("pro", made.headers.get("Location") ?? ""))).toEqual(feed);
    const { feeds } = await json(await as("pro", "/api/feeds"));
    expect(feeds.map(({ slug, entryCount }: Record<string, unknown>) => [slug, entryCount])).toEqual([
      ["cider", 0],
      ["news", 20],
    ]);
    expect((await send(feed.publicPath)).status).toBe(200);
  });

  test("have slugs that are unique among their owner's", async () => {
    const { as } = await startFeeds();
    const draft = { slug: "cider", title: "Cider" };
    expect((await as("pro", "/api/feeds", draft)).status).toBe(201);
    const again = await as("pro", "/api/feeds", { ...draft, title: "Another" });
    expect(again.status).toBe(409);
    expect(await json(again)).toMatchObject({ status: 409, detail: 'You already have a feed "cider".' });
    expect((await json(await as("pro", "/api/feeds/cider"))).title).toBe("Cider");
    expect((await as("free", "/api/feeds", draft)).status).toBe(201);
  });

  test("of others are not to be found", async () => {
    const { as } = await startFeeds();
    await as("pro", "/api/feeds", { slug: "cider", title: "Cider" });
    const entry = { title: "Mine now", content: "x" };
    expect((await as("free", "/api/feeds/cider")).status).toBe(404);
    expect((await as("free", "/api/feeds/cider/entries")).status).toBe(404);
    expect((await as("free", "/api/feeds/cider/entries", entry)).status).toBe(404);
    expect((await as("free", "/api/feeds/news/entries/5eed0000-0000-8000-8000-000100000002")).status).toBe(404);
  });
});

describe("entries", () => {
  test("are published, found at their Location and listed first", async () => {
    const { as } = await startFeeds();
    const draft = { title: "A & B", content: "<p>…</p>", summary: "Both", url: "http://example.com/" };
    const made = await as("pro", "/api/feeds/news/entries", draft);
    expect(made.status).toBe(201);
    const entry = await json(made);
    expect(entry).toMatchObject({ ...draft, publishedAt: "2026-06-01T00:00:00.000Z" });
    expect(await json(await as("pro", made.headers.get("Location") ?? ""))).toEqual(entry);
    const { content, ...head } = entry;
    expect(content).toBe(draft.content);
    // A hundred contents at once, times a batch of hundred, would be a gigabyte.
    expect((await json(await as("pro", "/api/feeds/news/entries?limit=1"))).entries).toEqual([head]);
  });
});

describe("lists", () => {
  test("come in pages that skip and repeat nothing, even among entries of one instant", async () => {
    const { as } = await startFeeds();
    const entry = { title: "Same", content: "x" };
    for (let n = 0; n < 7; n++) await as("pro", "/api/feeds/news/entries", entry);
    const seen: string[] = [];
    let cursor: string | null = "";
    let pages = 0;
    while (cursor !== null) {
      const page: { entries: { id: string }[]; nextCursor: string | null } = await json(
        await as("pro", `/api/feeds/news/entries?limit=3${cursor && `&cursor=${cursor}`}`),
      );
      seen.push(...page.entries.map(({ id }) => id));
      cursor = page.nextCursor;
      pages++;
    }
    expect(pages).toBe(9);
    expect(seen).toHaveLength(27);
    expect(new Set(seen).size).toBe(27);
  });

  test("of feeds go by their slugs", async () => {
    const { as } = await startFeeds();
    for (const slug of ["c", "a", "b"]) await as("pro", "/api/feeds", { slug, title: slug });
    const first = await json(await as("pro", "/api/feeds?limit=2"));
    const second = await json(await as("pro", `/api/feeds?limit=2&cursor=${first.nextCursor}`));
    const slugs = [first, second].map(({ feeds }) => feeds.map(({ slug }: { slug: string }) => slug));
    expect(slugs).toEqual([
      ["a", "b"],
      ["c", "news"],
    ]);
    expect(second.nextCursor).toBeNull();
  });
});

describe("the request log", () => {
  test("has one line a request, with who refused it, and neither queries nor tokens", async () => {
    const { as, log, send } = await startFeeds();
    for (let n = 0; n < 61; n++) await as("free", "/api/me?secret=hush");
    await send(`/${"x".repeat(5_000)}`);
    const lines = log.filter(({ message }) => message === "request").map(({ fields }) => fields);
    expect(lines).toHaveLength(62);
    expect(lines[0]).toEqual({ method: "GET", path: "/api/me", status: 200, ms: 0, address: "192.0.2.1" });
    expect(lines[60]).toEqual({
      method: "GET",
      path: "/api/me",
      status: 429,
      ms: 0,
      address: "192.0.2.1",
      deniedBy: ["api"],
    });
    expect(String(lines[61]?.["path"])).toHaveLength(512);
    expect(JSON.stringify(log)).not.toMatch(/hush|demo-free/);
  });
});
