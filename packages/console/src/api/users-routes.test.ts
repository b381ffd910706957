/** Users over the API: lists with hostile questions, overrides, blocks, quotas. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asking } from "../../test/api-asking.ts";
import { type TestConsole, testConsole } from "../../test/whole-console.ts";

let it: TestConsole;
beforeEach(async () => {
  it = await testConsole();
});
afterEach(() => it.close());

const ask = asking(() => it);

describe("users", () => {
  test("are listed in parts, searched and filtered", async () => {
    const first = await ask("GET", "/users?limit=2");
    expect(first.json.items.map(({ name }: { name: string }) => name)).toEqual(["ada", "bob"]);
    const rest = await ask("GET", `/users?limit=2&after=${encodeURIComponent(first.json.next)}`);
    expect(rest.json).toEqual({ items: [expect.objectContaining({ name: "eve" })] });
    expect((await ask("GET", "/users?search=bo")).json.items).toHaveLength(1);
    expect((await ask("GET", "/users?plan=free")).json.items).toHaveLength(2);
    expect((await ask("GET", "/users?filter=override")).json.items).toHaveLength(0);
  });

  test("are shown with no hostile question answered", async () => {
    const bad = [
      "limit=0",
      "limit=101",
      "limit=x",
      "limit=1&limit=2",
      "filter=all",
      "search=".padEnd(300, "x"),
      "unknown=1",
    ];
    for (const query of bad) expect([query, (await ask("GET", `/users?${query}`)).status]).toEqual([query, 422]);
    for (const after of [
      "x",
      "eyJ4IjoxfQ",
      "%00",
      "-1",
      "' or 1=1 --",
      btoa('["ada"]'),
      btoa("[1,2]"),
      "9".repeat(900),
    ]) {
      for (const list of ["/users", "/feed-access", "/audit"]) {
        const { status, json } = await ask("GET", `${list}?after=${encodeURIComponent(after)}`);
        expect([list, after, status, json.field]).toEqual([list, after, 422, "after"]);
      }
    }
  });

  test("get a plan, an override, a review, a block, and lose them", async () => {
    expect((await ask("PUT", "/users/u1/plan", { plan: "pro", was: "free" })).status).toBe(204);
    expect((await ask("PUT", "/users/u1/plan", { plan: "free", was: "free" })).json.code).toBe("stale");
    expect((await ask("PUT", "/users/u1/plan", { plan: "gold", was: "pro" })).status).toBe(404);
    const granted = { units: 500, note: "a migration", expiresAtMs: it.clock.nowMs + 60_000, version: 0 };
    expect((await ask("PUT", "/users/u1/overrides/api", granted)).status).toBe(204);
    expect((await ask("PUT", "/users/u1/overrides/api", granted)).json.code).toBe("stale");
    expect((await ask("PUT", "/users/u1/overrides/api", { ...granted, note: "" })).json.field).toBe("note");
    expect((await ask("PUT", "/users/u1/overrides/api", { ...granted, note: "x".repeat(501) })).json.field).toBe(
      "note",
    );
    expect((await ask("PUT", "/users/u1/overrides/nothing", granted)).status).toBeGreaterThanOrEqual(404);
    const { version } = (await ask("GET", "/users/u1")).json.overrides[0];
    expect((await ask("POST", "/users/u1/overrides/api/review", { version })).status).toBe(204);
    const after = (await ask("GET", "/users/u1")).json;
    expect(after).toMatchObject({
      plan: "pro",
      limits: { api: { units: 500, from: "override" }, publicFeed: { from: "plan" } },
    });
    const header = { "If-Match": `"${after.overrides[0].version}"` };
    expect((await ask("PUT", "/users/u1/block", { untilMs: it.clock.nowMs + 1_000, note: "abuse" })).status).toBe(204);
    expect((await ask("GET", "/users/u1")).json.limits.api).toEqual({ units: 0, from: "block" });
    expect((await ask("DELETE", "/users/u1/block")).status).toBe(204);
    expect((await ask("DELETE", "/users/u1/overrides/api", undefined, header)).status).toBe(204);
    expect((await ask("GET", "/users/u1")).json.limits.api).toEqual({ units: 180, from: "plan" });
    expect((await ask("DELETE", "/users/u1/records")).status).toBe(204);
    for (const path of ["/users/nobody", "/users/nobody/quota"]) expect((await ask("GET", path)).status).toBe(404);
  });

  test("whose ids have slashes and spaces are found all the same", async () => {
    const id = encodeURIComponent("a/b c");
    expect((await ask("GET", `/users/${id}`)).json.name).toBe("eve");
    expect((await ask("GET", `/users/${id}/quota`)).json).toHaveLength(2);
    expect((await ask("GET", `/users/${"x".repeat(201)}`)).json.field).toBe("id");
  });

  test("have quotas that are read, and made whole", async () => {
    const spend = {
      policy: { name: "api", limit: 60, algorithm: "token-bucket", windowMs: 60_000 },
      key: "api:u1",
      shard: "u1",
      cost: 7,
    } as const;
    await it.backend.consume([spend]);
    const api = async () =>
      (await ask("GET", "/users/u1/quota")).json.find(({ limit }: { limit: string }) => limit === "api");
    expect(await api()).toMatchObject({ units: 60, used: 7, remaining: 53 });
    expect((await ask("POST", "/users/u1/quota/api/reset")).status).toBe(204);
    expect(await api()).toMatchObject({ used: 0, remaining: 60 });
    expect((await ask("GET", "/users/u1/denials")).json).toEqual([]);
    expect((await ask("GET", "/users/u1/feeds")).json).toEqual(expect.any(Array));
  });
});
