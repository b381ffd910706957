import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import * as schema from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";
import { failureOf, feedsClient, type LinkName, responseOf } from "./trpc-client.ts";

// biome-ignore lint/suspicious/noExplicitAny: these are answers of many shapes, and the assertions say which.
const json = async (response: Response): Promise<any> => response.json();

async function started(options: Parameters<typeof startFeeds>[0] = {}) {
  const feeds = await startFeeds(options);
  const client = (link: LinkName, user = "free", from?: string) =>
    feedsClient(link, `demo-${user}`, (url, init) => feeds.send(url, init, from));
  /** What a Free user has left, as the next request tells that costs 1. */
  const leftAfter = async (user = "free") =>
    /"api";r=(\d+)/.exec((await feeds.as(user, "/api/me")).headers.get("RateLimit") ?? "")?.[1];
  return { ...feeds, client, leftAfter };
}

const granted = { grantedBy: "admin", createdAtMs: 0, reviewedAtMs: 0, reviewedBy: "admin" };
const names = (count: number, name = "me") => Array(count).fill(name).join(",");
const entryId = "5eed0000-0000-8000-8000-000000100002";

describe.each<LinkName>(["single", "batch", "stream"])("over the %s link", (link) => {
  test("procedures answer what the routes answer", async () => {
    const { client, as } = await started();
    const { me, feeds, entries } = client(link, "pro");
    const get = async (path: string) => json(await as("pro", `/api${path}`));
    const [user, all, news, page] = await Promise.all([
      me.query(),
      feeds.list.query(),
      feeds.get.query({ slug: "news" }),
      entries.list.query({ slug: "news", limit: 3 }),
    ]);
    expect(user).toEqual(await get("/me"));
    expect(all).toEqual(await get("/feeds"));
    expect(news).toEqual(await get("/feeds/news"));
    expect(page).toEqual(await get("/feeds/news/entries?limit=3"));
    const next = await entries.list.query({ slug: "news", limit: 3, cursor: page.nextCursor ?? "" });
    expect(next).toEqual(await get(`/feeds/news/entries?limit=3&cursor=${page.nextCursor}`));
    const id = next.entries[0]?.id ?? "";
    expect(await entries.get.query({ slug: "news", id })).toEqual(await get(`/feeds/news/entries/${id}`));

    const made = await feeds.add.mutate({ slug: "cider", title: " Cider ", homepage: "https://cider.example" });
    expect(made).toMatchObject({ title: "Cider", homepage: "https://cider.example/", publicPath: "/public/pro/cider" });
    expect(made).toEqual(await get("/feeds/cider"));
    const entry = await entries.add.mutate({ slug: "cider", title: "New", content: "<p>…</p>" });
    expect(entry).toEqual(await get(`/feeds/cider/entries/${entry.id}`));
  });

  test.each<[what: string, call: (c: ReturnType<typeof feedsClient>) => Promise<unknown>, code: string, said: RegExp]>([
    ["an unknown feed", (c) => c.feeds.get.query({ slug: "olds" }), "NOT_FOUND", /^You have no feed/],
    [
      "an entry of an unknown feed",
      (c) => c.entries.get.query({ slug: "x", id: entryId }),
      "NOT_FOUND",
      /no such entry/,
    ],
    ["a feed that is there", (c) => c.feeds.add.mutate({ slug: "news", title: "X" }), "CONFLICT", /already .* "news"/],
    ["wrong fields", (c) => c.feeds.add.mutate({ slug: "X", title: "" }), "BAD_REQUEST", /^The input is not valid/],
    // @ts-expect-error: nobody has written this procedure.
    ["an unknown procedure", (c) => c.feeds.read.query(), "NOT_FOUND", /No procedure found/],
  ])("%s is refused", async (_, call, code, said) => {
    const { client, log } = await started();
    const { data, message } = await failureOf(call(client(link)));
    expect(data).toMatchObject({ code });
    expect(message).toMatch(said);
    expect(data).not.toHaveProperty("stack");
    if (code === "BAD_REQUEST") expect(data?.errors?.map(({ field }) => field)).toEqual(["slug", "title"]);
    expect(log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("nobody is served without a token", async () => {
    const { send } = await started();
    const stranger = feedsClient(link, "nobody", (url, init) => send(url, init));
    const failure = await failureOf(stranger.me.query());
    expect(failure.data).toEqual({ code: "UNAUTHORIZED", httpStatus: 401 });
    expect(failure.message).toBe("This API token is not known.");
    const { headers } = responseOf(failure);
    expect(headers.get("WWW-Authenticate")).toBe('Bearer realm="feeds", error="invalid_token"');
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  test("a limit tells the client how long to wait, and then it passes", async () => {
    const { client, as, clock } = await started();
    for (let n = 0; n < 58; n++) await as("free", "/api/me");
    const { me } = client(link);
    await Promise.all([me.query(), me.query()]);
    const failure = await failureOf(me.query());
    expect(failure.data).toEqual({
      code: "TOO_MANY_REQUESTS",
      httpStatus: 429,
      reason: "quota-exceeded",
      violatedPolicies: ["api"],
      retryAfterMs: 1_000,
    });
    expect(failure.message).toBe("Too many requests (api). Try again in 1 second.");
    expect(failure.shape?.code).toBe(-32029);
    const { status, headers } = responseOf(failure);
    expect(status).toBe(429);
    expect(headers.get("Retry-After")).toBe("1");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("RateLimit")).toMatch(/"api";r=0;t=1$/);
    clock.nowMs += (failure.data?.retryAfterMs ?? 0) - 1;
    await failureOf(me.query());
    clock.nowMs += 1;
    expect(await me.query()).toMatchObject({ username: "free" });
  });

  test("every call of a refused batch is told", async () => {
    const { client } = await started();
    const { me } = client(link);
    const calls = Array.from({ length: 60 }, () => me.query());
    await Promise.all(calls);
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(me.query())));
    const wait = link === "single" ? 1_000 : 3_000;
    for (const { data } of failures) expect(data).toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterMs: wait });
  });
});

test.each<LinkName>(["single", "batch", "stream"])("over a connection and the %s link, too", async (link) => {
  const { app } = await startFeeds();
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0, overrideGlobalObjects: false });
  try {
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const send = (url: string, init: RequestInit) => fetch(url.replace("feeds.example", `127.0.0.1:${port}`), init);
    const { me, feeds } = feedsClient(link, "demo-free", send);
    expect(await Promise.all([me.query(), feeds.list.query()])).toMatchObject([
      { username: "free" },
      { feeds: [{ slug: "news" }] },
    ]);
    expect(await feeds.add.mutate({ slug: "cider", title: "Cider" })).toMatchObject({ slug: "cider" });
    await Promise.all(Array.from({ length: 57 }, () => me.query()));
    const failure = await failureOf(me.query());
    expect(failure.data).toMatchObject({ code: "TOO_MANY_REQUESTS", httpStatus: 429, retryAfterMs: 1_000 });
    expect(responseOf(failure).headers.get("Retry-After")).toBe("1");
  } finally {
    server.close();
  }
});

test.each([
  ["feeds.list", { limit: 0 }, ["limit"]],
  ["feeds.list", { limit: 101 }, ["limit"]],
  ["feeds.list", { limit: 1.5, cursor: "../x" }, ["limit", "cursor"]],
  ["feeds.get", {}, ["slug"]],
  ["entries.list", { slug: "news", limit: "2", cursor: "1" }, ["limit", "cursor"]],
  ["entries.get", { slug: "news", id: "1" }, ["id"]],
])("%s of %j is refused with the names of the fields", async (name, input, fields) => {
  const { as } = await started();
  const refused = await as("pro", `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`);
  expect(refused.status).toBe(400);
  const { data } = (await json(refused)).error;
  expect(data.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
});

describe("one quota", () => {
  test("is spent by requests and procedures alike, and a batch costs what it calls", async () => {
    const { as, leftAfter } = await started();
    expect(await leftAfter()).toBe("59");
    expect((await as("free", "/trpc/me")).status).toBe(200);
    expect((await as("free", "/trpc/me,feeds.list,nope,?batch=1")).status).toBe(207);
    expect((await as("free", "/trpc/entries.add?batch=1", { 0: {}, 1: {}, 2: {} })).status).toBe(400);
    expect(await leftAfter()).toBe("52");
  });

  test("does not let a part of a batch through, and a refused one costs nothing", async () => {
    const { as, statements, leftAfter } = await started();
    for (let n = 0; n < 55; n++) await as("free", "/api/me");
    const adding = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [n - 1, { slug: `s${n}`, title: "X" }]));
    statements.length = 0;
    const refused = await as("free", `/trpc/${names(6, "feeds.add")}?batch=1`, adding);
    expect(refused.status).toBe(429);
    expect(statements.filter((sql) => /\binsert\b/i.test(sql))).toEqual([]);
    const body = await json(refused);
    expect(body).toHaveLength(6);
    expect(body[5]).toMatchObject({
      error: { code: -32029, data: { violatedPolicies: ["api"], retryAfterMs: 1_000 } },
    });
    expect((await as("free", `/trpc/${names(4, "feeds.add")}?batch=1`, adding)).status).toBe(200);
    expect(await leftAfter()).toBe("0");
    expect((await as("free", "/trpc/me")).status).toBe(429);
  });

  test("never fits a batch that is longer than it, which is told so at no cost", async () => {
    const { as, leftAfter, statements } = await started();
    const refused = await as("free", `/trpc/${names(61)}?batch=1`);
    expect(refused.status).toBe(413);
    expect(refused.headers.has("Retry-After")).toBe(false);
    expect((await json(refused))[60]).toMatchObject({
      error: { code: -32013, data: { code: "PAYLOAD_TOO_LARGE", reason: "cost-too-high", violatedPolicies: ["api"] } },
    });
    expect(await leftAfter()).toBe("59");
    statements.length = 0;
    const endless = await as("enterprise", `/trpc/${names(5_000)}?batch=1`);
    expect(endless.status).toBe(413);
    expect(await json(endless)).toMatchObject({ error: { message: "A batch has at most 100 procedures." } });
    expect(statements).toHaveLength(1);
    expect(await leftAfter("enterprise")).toBe("599");
  });

  test("counts what is disguised", async () => {
    const { as, leftAfter } = await started();
    expect(await json(await as("free", "/trpc/me%2Cme%2cme?batch=1"))).toHaveLength(3);
    expect(await leftAfter()).toBe("56");
    expect((await as("free", "/trpc/me,me,me")).status).toBe(404);
    expect((await as("free", "/trpc?batch=1")).status).toBe(404);
    expect((await as("free", "/trpc/me,%FF?batch=1")).status).toBe(400);
    expect(await leftAfter()).toBe("51");
  });

  test("bounds those who have none, by the length of a batch", async () => {
    const { as, db } = await started();
    const [user] = await db.select().from(schema.users).where(eq(schema.users.username, "free"));
    const unlimited = { limitName: "api", units: null, note: "-", ...granted };
    await db.insert(schema.overrides).values({ ...unlimited, userId: user?.id ?? "" });
    expect((await as("free", `/trpc/${names(100)}?batch=1`)).status).toBe(200);
    expect((await as("free", `/trpc/${names(101)}?batch=1`)).status).toBe(413);
  });

  test("of 0 is no matter of waiting", async () => {
    const { as, db } = await started();
    const [user] = await db.select().from(schema.users).where(eq(schema.users.username, "free"));
    const none = { limitName: "api", units: 0, note: "-", ...granted };
    await db.insert(schema.overrides).values({ ...none, userId: user?.id ?? "" });
    const refused = await as("free", "/trpc/me");
    expect(refused.status).toBe(403);
    expect(await json(refused)).toMatchObject({ error: { data: { code: "FORBIDDEN", reason: "limit-zero" } } });
  });
});

describe("the doors", () => {
  test("the 101st request of an address is refused before its token is looked at", async () => {
    const { send, as, statements } = await started();
    for (let n = 0; n < 100; n++) {
      const refused = await send(n % 2 ? "/trpc/me" : "/trpc/me,me?batch=1");
      expect(refused.status).toBe(401);
      const body = await json(refused);
      expect(n % 2 ? [body] : body).toHaveLength(n % 2 ? 1 : 2);
    }
    statements.length = 0;
    const refused = await as("pro", "/trpc/me,me?batch=1");
    expect(refused.status).toBe(429);
    expect((await json(refused))[1].error.data).toMatchObject({ code: "TOO_MANY_REQUESTS", violatedPolicies: ["ip"] });
    expect((await as("pro", "/api/me")).status).toBe(429);
    expect(statements).toEqual([]);
  });

  test("are open to scripts of other origins, streams included, and preflights are free", async () => {
    const { send, leftAfter } = await started();
    const Origin = "https://app.example";
    for (const path of ["/trpc/me", `/trpc/${names(61)}?batch=1`]) {
      const headers = {
        Origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "trpc-accept",
      };
      const preflight = await send(path, { method: "OPTIONS", headers });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("trpc-accept");
      expect(preflight.headers.get("RateLimit")).toBeNull();
    }
    expect(await leftAfter()).toBe("59");
    const headers = { Origin, Authorization: "Bearer demo-free" };
    await send(`/trpc/${names(59)}?batch=1`, { headers });
    const refused = await send("/trpc/me", { headers });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(refused.headers.get("Access-Control-Expose-Headers")).toMatch(/RateLimit.*Retry-After/);
  });

  test.each([
    ["announced", { "Content-Length": "1000001" }, "x".repeat(1_000_001)],
    ["unannounced", {}, new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })],
  ])("a body that is too large, %s, is refused", async (_, length, body) => {
    const { send } = await started();
    const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json", ...length };
    const response = await send("/trpc/feeds.add", { method: "POST", headers, body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(413);
    expect(await json(response)).toMatchObject({ error: { code: -32013, data: { code: "PAYLOAD_TOO_LARGE" } } });
  });

  test("a body that comes in pieces is taken", async () => {
    const { send } = await started();
    const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json" };
    const body = new Blob(['{"slug":"cider",', '"title":"Cider"}']).stream();
    const response = await send("/trpc/feeds.add", { method: "POST", headers, body, duplex: "half" } as RequestInit);
    expect(await json(response)).toMatchObject({ result: { data: { slug: "cider" } } });
  });

  test.each([
    ["GET", "/trpc/feeds.add", 405, "METHOD_NOT_SUPPORTED"],
    ["POST", "/trpc/me", 405, "METHOD_NOT_SUPPORTED"],
    ["PUT", "/trpc/me", 405, "METHOD_NOT_SUPPORTED"],
    ["GET", "/trpc", 404, "NOT_FOUND"],
    ["GET", "/trpc/", 404, "NOT_FOUND"],
    ["GET", "/trpc/%", 400, "BAD_REQUEST"],
    ["GET", "/trpc/feeds.list?input={", 400, "BAD_REQUEST"],
    ["GET", "/trpc/me,feeds.add?batch=1", 400, "BAD_REQUEST"],
    ["GET", "/trpc/__proto__", 404, "NOT_FOUND"],
    ["GET", "/trpc/feeds", 404, "NOT_FOUND"],
  ])("%s %s is refused by tRPC itself", async (method, path, status, code) => {
    const { send, log } = await started();
    const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json" };
    const response = await send(path, { method, headers });
    expect(response.status).toBe(status);
    expect(await json(response)).toMatchObject({ error: { data: { code } } });
    expect(log.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("what goes wrong", () => {
  test("in a procedure is logged, and not told", async () => {
    const { as, db, log } = await started();
    await db.run("DROP TABLE entries");
    const response = await as("pro", "/trpc/me,feeds.list?batch=1");
    expect(response.status).toBe(207);
    const [me, { error }] = await json(response);
    expect(me).toMatchObject({ result: { data: { username: "pro" } } });
    expect(error).toEqual({
      message: "This is our mistake, and it has been logged. Try again later.",
      code: -32603,
      data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500, path: "feeds.list" },
    });
    expect(log.filter(({ level }) => level === "error")).toMatchObject([
      {
        message: "unexpected error",
        fields: { method: "GET", procedure: "feeds.list", err: { message: /no such table/ } },
      },
    ]);
  });

  test("before any procedure, too", async () => {
    const { as, db, log } = await started();
    await db.run("DROP TABLE entries");
    await db.run("DROP TABLE sluice_overrides");
    await db.run("ALTER TABLE users RENAME TO people");
    const response = await as("pro", "/trpc/me,me?batch=1");
    expect(response.status).toBe(500);
    const [first, second] = await json(response);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ error: { code: -32603, data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 } } });
    expect(JSON.stringify(first)).not.toContain("users");
    expect(log.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

describe("the log", () => {
  test("has a line for each request and each denial, without what was sent", async () => {
    const { as, log } = await started();
    const input = encodeURIComponent('{"0":{"slug":"hush"}}');
    for (let n = 0; n < 3; n++) await as("free", `/trpc/${names(30, "feeds.get")}?batch=1&input=${input}`);
    const lines = log.filter(({ message }) => message === "request").map(({ fields }) => fields);
    expect(lines).toMatchObject([{ status: 207 }, { status: 207 }, { status: 429, deniedBy: ["api"] }]);
    expect(lines[0]).toMatchObject({ method: "GET", path: `/trpc/${names(30, "feeds.get")}` });
    expect(log.filter(({ message }) => message === "denied")).toHaveLength(1);
    expect(JSON.stringify(log)).not.toContain("hush");
  });
});
