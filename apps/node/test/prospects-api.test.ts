import { prospects } from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startFeeds } from "./feeds.ts";

// biome-ignore lint/suspicious/noExplicitAny: these are answers of many shapes, and the assertions say which.
const json = async (response: Response): Promise<any> => response.json();

describe("prospects", () => {
  test("are added, found at their Location and listed first, and belong to whoever added them", async () => {
    const { as } = await startFeeds();
    const made = await as("pro", "/api/prospects", { name: " Northline  Ltd ", site: "https://northline.example" });
    expect(made.status).toBe(201);
    const added = await json(made);
    expect(added).toEqual({
      id: expect.any(String),
      name: "Northline Ltd",
      site: "https://northline.example/",
      email: null,
      emailState: "pending",
      lastError: null,
      createdAt: "2026-06-01T00:00:00.000Z",
      updatedAt: "2026-06-01T00:00:00.000Z",
    });
    const at = made.headers.get("Location") ?? "";
    expect(await json(await as("pro", at))).toEqual(added);
    expect(await json(await as("pro", "/api/prospects"))).toEqual({ prospects: [added], nextCursor: null });
    expect((await as("free", at)).status).toBe(404);
    expect(await json(await as("free", "/api/prospects"))).toEqual({ prospects: [], nextCursor: null });
    expect((await as("free", "/api/prospects", { name: "Northline Ltd" })).status).toBe(201);
  });

  test("have names that are unique among their user's", async () => {
    const { as } = await startFeeds();
    expect((await as("pro", "/api/prospects", { name: "Northline" })).status).toBe(201);
    const again = await as("pro", "/api/prospects", { name: "Northline", site: "https://other.example" });
    expect(again.status).toBe(409);
    expect(await json(again)).toMatchObject({ detail: "You already have a prospect of this name." });
    expect((await json(await as("pro", "/api/prospects"))).prospects).toMatchObject([{ site: null }]);
  });

  test("come in lists, of which those are added that are new", async () => {
    const { as } = await startFeeds();
    const named = (...names: string[]) => ({ prospects: names.map((name) => ({ name })) });
    const made = await as("pro", "/api/prospects", named("One", "Two", "Two"));
    expect(made.status).toBe(201);
    const { prospects, known } = await json(made);
    expect([prospects.map(({ name }: { name: string }) => name).sort(), known]).toEqual([["One", "Two"], []]);
    const again = await json(await as("pro", "/api/prospects", named("Two", "Three")));
    expect(again).toMatchObject({ prospects: [{ name: "Three" }], known: ["Two"] });
    expect((await as("pro", "/api/prospects", named("One", "Three"))).status).toBe(409);
    const hundred = Array.from({ length: 100 }, (_, n) => `Number ${n}`);
    expect((await json(await as("pro", "/api/prospects", named(...hundred)))).prospects).toHaveLength(100);
  });

  test("come in pages that skip and repeat nothing, by state", async () => {
    const { as, db } = await startFeeds();
    const list = Array.from({ length: 7 }, (_, n) => ({ name: `Number ${n}` }));
    await as("pro", "/api/prospects", { prospects: list });
    await db.update(prospects).set({ emailState: "valid" }).where(eq(prospects.name, "Number 3"));
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { prospects: { id: string }[]; nextCursor: string | null } = await json(
        await as("pro", `/api/prospects?limit=3${cursor && `&cursor=${cursor}`}`),
      );
      seen.push(...page.prospects.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
    const valid = await json(await as("pro", "/api/prospects?state=valid"));
    expect(valid).toMatchObject({ prospects: [{ name: "Number 3" }], nextCursor: null });
  });

  test("are at most 10,000 of a user, also when two requests come at once", async () => {
    const { as, db } = await startFeeds();
    await as("pro", "/api/prospects", { name: "First" });
    const [first] = await db.select().from(prospects);
    if (first === undefined) throw new Error("none was added");
    for (let from = 0; from < 9_990; from += 999) {
      const rows = Array.from({ length: 999 }, (_, n) => ({ ...first, id: crypto.randomUUID(), name: `${from + n}` }));
      await db.insert(prospects).values(rows);
    }
    const names = (of: string) => ({ prospects: Array.from({ length: 6 }, (_, n) => ({ name: `${of} ${n}` })) });
    const answers = await Promise.all([
      as("pro", "/api/prospects", names("a")),
      as("pro", "/api/prospects", names("b")),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await db.$count(prospects)).toBe(9_997);
    expect((await as("pro", "/api/prospects", names("c"))).status).toBe(409);
    expect((await as("free", "/api/prospects", names("c"))).status).toBe(201);
  });

  test.each<[body: unknown, fields: string[]]>([
    [{}, ["name"]],
    [{ name: "" }, ["name"]],
    [{ name: "x".repeat(201) }, ["name"]],
    [{ name: "a\u0000b" }, ["name"]],
    [{ name: "a", site: "northline.example" }, ["site"]],
    [{ name: "a", site: "ftp://a.example" }, ["site"]],
    [{ name: "a", site: "https://u:p@a.example" }, ["site"]],
    [{ name: "a", email: "a@b.example" }, [""]],
    [{ prospects: [] }, ["prospects"]],
    [{ prospects: Array(101).fill({ name: "a" }) }, ["prospects"]],
    [{ prospects: [{ name: "a" }, { name: "" }] }, ["prospects.1.name"]],
    [{ prospects: "a" }, ["prospects"]],
    [[], [""]],
    ["a", [""]],
    [null, [""]],
  ])("are refused with the field's name: %.80j", async (body, fields) => {
    const { as, db } = await startFeeds();
    const answer = await as("pro", "/api/prospects", body);
    expect(answer.status).toBe(400);
    expect((await json(answer)).errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    expect(await db.$count(prospects)).toBe(0);
  });

  test.each(["limit=0", "limit=101", "state=known", "cursor=1"])("are not listed by %s", async (query) => {
    const { as } = await startFeeds();
    const answer = await as("pro", `/api/prospects?${query}`);
    expect(answer.status).toBe(400);
    expect((await json(answer)).errors).toMatchObject([{ field: query.split("=")[0] }]);
  });
});
