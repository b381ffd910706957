/** Requests that are none, and a database that is away. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asking } from "../../test/api-asking.ts";
import { type TestConsole, testConsole } from "../../test/whole-console.ts";

let it: TestConsole;
beforeEach(async () => {
  it = await testConsole();
});
afterEach(() => it.close());

const ask = asking(() => it);
const draft = { name: "Team", limits: { api: 600, publicFeed: "unlimited" }, priceCents: 900, features: ["Mail"] };

describe("requests that are none", () => {
  test("are refused by their size, their type, their text and their method", async () => {
    const headers = { ...(await it.login()), "Content-Type": "application/json" };
    const post = (body: BodyInit, more: Record<string, string> = {}) =>
      it.app.request("/admin/api/plans", { method: "POST", body, headers: { ...headers, ...more } });
    const large = JSON.stringify({ id: "team", ...draft, name: "x".repeat(70_000) });
    expect((await post(large)).status).toBe(413);
    // Without a length it is counted while it is read.
    const stream = new Blob([large]).stream();
    const init = { method: "POST", body: stream, headers, duplex: "half" } as RequestInit;
    expect((await it.app.request(new Request("http://localhost/admin/api/plans", init))).status).toBe(413);
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/jsonp",
      "text/json",
    ]) {
      const answer = await post('{"id":"team"}', { "Content-Type": type });
      expect([type, answer.status]).toEqual([type, 415]);
    }
    for (const text of ["", "{", "{'id':1}", "undefined"]) {
      const answer = await post(text);
      expect([text, answer.status, answer.headers.get("Content-Type")]).toEqual([
        text,
        400,
        "application/problem+json",
      ]);
    }
    expect((await it.ask("GET", "/nothing")).status).toBe(404);
    const wrong = await it.ask("PATCH", "/plans/free");
    expect([wrong.status, wrong.headers.get("Allow")]).toEqual([405, "DELETE, GET, HEAD, PUT"]);
    const options = await it.ask("OPTIONS", "/plans");
    expect([options.status, options.headers.get("Allow")]).toEqual([204, "GET, HEAD, POST"]);
    expect(options.headers.get("Access-Control-Allow-Origin")).toBeNull();
    const head = await it.ask("HEAD", "/plans");
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("find the database away: 503 in words, told to the app, and nothing half-written", async () => {
    await it.login();
    it.database.failWith(new Error("database is locked: secret.db"));
    for (const path of ["/plans", "/users", "/audit", "/live", "/feed-access", "/denied-keys", "/users/u1"]) {
      const { status, json, headers } = await ask("GET", path);
      expect([path, status, json.code, headers.get("Retry-After")]).toEqual([path, 503, "unavailable", "5"]);
      expect(json.detail).not.toMatch(/secret/);
    }
    expect((await ask("POST", "/plans", { id: "team", ...draft })).status).toBe(503);
    expect(it.errors.length).toBeGreaterThan(0);
    it.database.failWith(undefined);
    expect((await ask("GET", "/plans/team")).status).toBe(404);
  });
});
