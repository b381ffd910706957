import type { RefusalProblem } from "@sluice/core";
import type { FeedsApi } from "@sluice/feeds";
import { hc, type InferResponseType } from "hono/client";
import { describe, expect, expectTypeOf, test } from "vitest";
import { startFeeds } from "./feeds.ts";

async function started(user = "free") {
  const feeds = await startFeeds();
  const headers = { Authorization: `Bearer demo-${user}` };
  const fetch = async (input: string | URL | Request, init?: RequestInit) => feeds.send(String(input), init);
  const { api } = hc<FeedsApi>("http://feeds.example", { headers, fetch });
  return { ...feeds, api };
}

describe("Hono's client", () => {
  test("knows the answers of the routes", async () => {
    const { api } = await started("pro");
    const made = await api.feeds.$post({ json: { slug: "cider", title: "Cider" } });
    if (made.status !== 201) return expect.unreachable(`answered ${made.status}`);
    const feed = await made.json();
    expectTypeOf(feed.publicPath).toEqualTypeOf<string>();
    expect(feed).toMatchObject({ slug: "cider", publicPath: "/public/pro/cider", homepage: null });

    const again = await api.feeds.$post({ json: { slug: "cider", title: "Cider" } });
    if (again.status !== 409) return expect.unreachable(`answered ${again.status}`);
    const conflict = await again.json();
    expectTypeOf(conflict.detail).toEqualTypeOf<string>();
    expect(conflict.detail).toBe('You already have a feed "cider".');

    const wrong = await api.feeds.$post({ json: { slug: "CIDER", title: "" } });
    if (wrong.status !== 400) return expect.unreachable(`answered ${wrong.status}`);
    expect((await wrong.json()) satisfies { readonly detail: string }).toMatchObject({
      errors: [{ field: "slug" }, { field: "title" }],
    });

    const listed = await api.feeds[":slug"].entries.$get({ param: { slug: "news" }, query: { limit: "2" } });
    if (listed.status !== 200) return expect.unreachable(`answered ${listed.status}`);
    const page = await listed.json();
    expectTypeOf(page.nextCursor).toEqualTypeOf<string | null>();
    const [{ id } = { id: "" }] = page.entries;
    const one = await api.feeds[":slug"].entries[":id"].$get({ param: { slug: "news", id } });
    if (one.status !== 200) return expect.unreachable(`answered ${one.status}`);
    expect(await one.json()).toEqual({ ...page.entries[0], content: expect.any(String) });

    const none = await api.feeds[":slug"].$get({ param: { slug: "olds" } });
    if (none.status !== 404) return expect.unreachable(`answered ${none.status}`);
    expect((await none.json()).title).toBe("Not Found");
  });

  test("knows the limit in front of them, and what it says", async () => {
    const { api, clock } = await started();
    expectTypeOf<InferResponseType<typeof api.me.$get, 429>>().toEqualTypeOf<RefusalProblem<429>>();
    let admitted = 0;
    let response = await api.me.$get();
    for (; response.status === 200 && admitted < 100; admitted++) response = await api.me.$get();
    expect(admitted).toBe(60);
    if (response.status !== 429) return expect.unreachable(`answered ${response.status}`);
    const refusal = await response.json();
    expectTypeOf(refusal).toEqualTypeOf<RefusalProblem<429>>();
    expect(refusal).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Too many requests",
      status: 429,
      detail: "Too many requests (api). Try again in 1 second.",
      "violated-policies": ["api"],
    } satisfies RefusalProblem<429>);
    clock.nowMs += Number(response.headers.get("Retry-After")) * 1_000;
    const good = await api.me.$get();
    if (!good.ok) return expect.unreachable((await good.json()).detail);
    const user = await good.json();
    expectTypeOf(user.plan).toEqualTypeOf<string>();
    expect(user).toMatchObject({ username: "free", plan: "free" });
  });

  test("knows that a body may be too large, which violates no policy", async () => {
    const { api } = await started();
    const json = { title: "Long", content: "x".repeat(1_000_000) };
    const refused = await api.feeds[":slug"].entries.$post({ param: { slug: "news" }, json });
    if (refused.status !== 413) return expect.unreachable(`answered ${refused.status}`);
    const body = await refused.json();
    expectTypeOf(body).not.toHaveProperty("violated-policies");
    expect(body).not.toHaveProperty("violated-policies");
    expect(body.detail).toBe("A body has at most 1000000 bytes.");
  });

  test("knows that a token may be missing", async () => {
    const { api } = await started("nobody");
    const refused = await api.me.$get();
    if (refused.status !== 401) return expect.unreachable(`answered ${refused.status}`);
    expect((await refused.json()).detail).toBe("This API token is not known.");
  });
});
