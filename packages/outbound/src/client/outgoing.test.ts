import { describe, expect, it } from "vitest";
import type { ClientInit } from "./client.ts";
import type { FetchInput } from "./fetching.ts";
import { type Additions, attemptInit, baseOf, isMistaken, isRepeatable, outgoing } from "./outgoing.ts";

const none: Additions = { base: undefined, headers: undefined, idempotencyKeys: false };
const withBase = (url: string, more: Partial<Additions> = {}): Additions => ({ ...none, base: baseOf(url), ...more });

const target = (additions: Additions, input: FetchInput): string => {
  const { target: to } = outgoing(additions, input, {});
  return to instanceof Request ? to.url : String(to);
};

describe("an address", () => {
  const base = withBase("https://api.example.com/v1/");

  it.each([
    ["users", "https://api.example.com/v1/users"],
    ["/users", "https://api.example.com/v1/users"],
    ["//users", "https://api.example.com/v1/users"],
    ["", "https://api.example.com/v1"],
    ["?page=2", "https://api.example.com/v1?page=2"],
    ["models/a:predict", "https://api.example.com/v1/models/a:predict"],
    ["redirect?to=https://other.example", "https://api.example.com/v1/redirect?to=https://other.example"],
    ["https://other.example/x", "https://other.example/x"],
  ])("%j is under the base, or its own", (input, whole) => {
    expect(target(base, input)).toBe(whole);
  });

  it("that is a URL or a Request is its own", () => {
    expect(target(base, new URL("https://other.example/x"))).toBe("https://other.example/x");
    expect(target(base, new Request("https://other.example/y"))).toBe("https://other.example/y");
  });

  it("that is relative needs a base; secrets in it are not shown", () => {
    const relative = () => outgoing(none, "/users", {});
    expect(relative).toThrow(expect.objectContaining({ code: "SLUICE_BASE_URL", value: "/users" }));
    const broken = () => outgoing(none, "https://ada:secret@[::", {});
    expect(broken).toThrow(expect.objectContaining({ code: "SLUICE_BASE_URL", value: "https://…@[::" }));
  });
});

const headersSent = (additions: Additions, input: FetchInput, init: ClientInit = {}): Record<string, string> => {
  const sent = outgoing(additions, input, init);
  const request = sent.target instanceof Request ? sent.target.headers : undefined;
  return Object.fromEntries(new Headers(sent.init.headers ?? request));
};

describe("headers", () => {
  const headers = new Headers({ authorization: "Bearer own", "x-own": "1" });
  const base = withBase("https://api.example.com/v1", { headers });

  it("are added where the call has none of that name", () => {
    expect(headersSent(base, "/x")).toEqual({ authorization: "Bearer own", "x-own": "1" });
    const own = { headers: { Authorization: "Bearer call", "x-call": "2" } };
    expect(headersSent(base, "/x", own)).toEqual({ authorization: "Bearer call", "x-call": "2", "x-own": "1" });
    const request = new Request("https://api.example.com/x", { headers: { "x-own": "request" } });
    expect(headersSent(base, request)).toEqual({ authorization: "Bearer own", "x-own": "request" });
  });

  it("are shown to no other host", () => {
    for (const other of [
      "https://other.example/x",
      "https://api.example.com.evil.example/v1/x",
      "https://api.example.com@evil.example/v1",
      "http://api.example.com/v1/x",
      "https://api.example.com/v1.evil",
    ]) {
      const isSame = new URL(other).origin === "https://api.example.com";
      expect(headersSent(base, other)["authorization"], other).toBe(isSame ? "Bearer own" : undefined);
    }
    expect(headersSent(base, new URL("https://other.example"))).toEqual({});
    expect(headersSent(base, new Request("https://other.example"))).toEqual({});
    expect(headersSent({ ...none, headers }, "https://any.example")).toEqual({
      authorization: "Bearer own",
      "x-own": "1",
    });
  });
});

describe("an Idempotency-Key", () => {
  it("is given to what has none, or an empty one", () => {
    const additions = { ...none, idempotencyKeys: true };
    const keyOf = (headers: HeadersInit) =>
      headersSent(additions, "https://a.example", { method: "POST", headers })["idempotency-key"];
    expect(keyOf({})).toMatch(/^[0-9a-f-]{36}$/);
    expect(keyOf({ "Idempotency-Key": "" })).toMatch(/^[0-9a-f-]{36}$/);
    expect(keyOf({ "Idempotency-Key": "own" })).toBe("own");
  });
});

describe("whether a call can be repeated", () => {
  const methods = new Set(["GET"]);
  const repeatable = (init: ClientInit, input: FetchInput = "https://a.example"): boolean =>
    isRepeatable(outgoing(none, input, init), methods);

  it("is its method's to say, or its key's", () => {
    expect([repeatable({}), repeatable({ method: "get" }), repeatable({ method: "PUT" })]).toEqual([true, true, false]);
    const keyed = { headers: { "Idempotency-Key": "k" } };
    expect([repeatable({ method: "POST" }), repeatable({ method: "POST", ...keyed })]).toEqual([false, true]);
    expect([repeatable({ method: "PATCH", ...keyed }), repeatable({ method: "PUT", ...keyed })]).toEqual([true, false]);
    expect(repeatable({ method: "POST", headers: { "Idempotency-Key": "" } })).toBe(false);
    expect(repeatable({}, new Request("https://a.example", { method: "POST", ...keyed }))).toBe(true);
  });
});

describe("what fetch is told", () => {
  it("is the call's own init where nothing is added, with a stream sent half-way", async () => {
    const controller = new AbortController();
    const init = { method: "PUT", body: "x", redirect: "manual" as const };
    expect(attemptInit(outgoing(none, "https://a.example", init), controller.signal)).toEqual({
      ...init,
      signal: controller.signal,
    });
    const body = new ReadableStream();
    expect(await attemptInit(outgoing(none, "https://a.example", { body }), undefined)).toMatchObject({
      body,
      duplex: "half",
    });
  });

  it("is a mistake where it could never be sent", () => {
    const mistaken = (init: ClientInit, error: unknown = new TypeError("x")): boolean =>
      isMistaken(outgoing(none, "https://a.example", init), error);
    expect([mistaken({ headers: { "bad name": "x" } }), mistaken({ body: "x" })]).toEqual([true, true]);
    expect([mistaken({}), mistaken({ method: "POST", body: "x" })]).toEqual([false, false]);
    expect(mistaken({ body: "x" }, new Error("timeout"))).toBe(false);
    expect(isMistaken(outgoing(none, "ftp://a.example/x", {}), new TypeError("x"))).toBe(true);
  });
});
