import * as schema from "@sluice/feeds/schema";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { ownFeedsIn } from "../../feeds/src/own-feeds.ts";
import { feedsRouter } from "../../feeds/src/trpc-router.ts";
import { startFeeds } from "./feeds.ts";

/** Every procedure, asked by a Free user for what is a Pro user's, and the status of the answer. */
const procedures: readonly [name: string, input: (entryId: string) => object | undefined, status: number][] = [
  ["me", () => undefined, 200],
  ["feeds.list", () => ({}), 200],
  ["feeds.get", () => ({ slug: "secret" }), 404],
  ["feeds.add", () => ({ slug: "secret", title: "Mine" }), 200],
  ["entries.list", () => ({ slug: "secret" }), 404],
  ["entries.get", (id) => ({ slug: "secret", id }), 404],
  ["entries.add", () => ({ slug: "secret", title: "Mine", content: "x" }), 404],
];

async function started() {
  const feeds = await startFeeds();
  const router = feedsRouter(ownFeedsIn(feeds.db, Date.now));
  const all = router._def.procedures as unknown as Readonly<
    Record<string, { readonly _def: { readonly type: string } }>
  >;
  return { ...feeds, router, all };
}

describe("no procedure serves a public feed", () => {
  test("these are all there are", async () => {
    const { all } = await started();
    expect(Object.keys(all)).toEqual(procedures.map(([name]) => name));
  });

  test.each(procedures)("%s demands a user, and gives away nothing of others", async (name, inputFor, status) => {
    const { as, send, db, background, router, all } = await started();
    await as("pro", "/api/feeds", { slug: "secret", title: "Of Pro alone" });
    await as("pro", "/api/feeds/secret/entries", { title: "Of Pro alone", content: "Of Pro alone" });
    const [theirs] = await db.select().from(schema.entries).where(eq(schema.entries.title, "Of Pro alone"));
    const input = inputFor(theirs?.id ?? "");

    // biome-ignore lint/suspicious/noExplicitAny: whichever procedure it is.
    let procedure: any = router.createCaller({ user: undefined });
    for (const step of name.split(".")) procedure = procedure[step];
    await expect(procedure(input)).rejects.toMatchObject({ code: "UNAUTHORIZED" });

    const call = (headers: Record<string, string>) => {
      const text = input && JSON.stringify(input);
      if (all[name]?._def.type === "query") {
        return send(`/trpc/${name}${text ? `?input=${encodeURIComponent(text)}` : ""}`, { headers });
      }
      return send(`/trpc/${name}`, { method: "POST", headers, ...(text && { body: text }) });
    };
    const json = { "Content-Type": "application/json" };
    expect((await call(json)).status).toBe(401);
    const answer = await call({ ...json, Authorization: "Bearer demo-free" });
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toMatch(/Of Pro alone|\/public\/pro/);
    await background.settled();
    expect(await db.select().from(schema.feedAccess)).toEqual([]);
  });
});
