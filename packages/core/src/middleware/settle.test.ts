/** What a request finally cost: a 304, a failure, a login, and rules that make no sense. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { appWith, limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import { per, perMinute } from "../engine/rate.ts";
import { byFeedOwner } from "../limiters/by-feed-owner.ts";
import { exceptFailures, onlyFailures } from "../limiters/settling.ts";
import { rateLimit } from "./rate-limit.ts";

describe("what it finally cost", () => {
  const left = (response: Response) => /r=(\d+)/.exec(response.headers.get("RateLimit") ?? "")?.[1];

  it("a 304 costs a tenth: a hundred polite readers of a limit of 10", async () => {
    const { backend } = stopped();
    const app = new Hono();
    app.use(rateLimit({ ...quiet, backend, limiters: [byFeedOwner({ owner: () => "1", limit: perMinute(10) })] }));
    app.get("/", (c) => c.body(null, c.req.header("if-none-match") === '"new"' ? 304 : 200));
    const read = async (tag: string) => (await app.request("/", { headers: { "if-none-match": tag } })).status;
    for (let i = 0; i < 90; i++) expect(await read('"new"')).toBe(304);
    expect(await read('"old"'), "is charged a tenth, and settled up to 1").toBe(200);
    expect(await read('"new"'), "so that nothing is left").toBe(429);
  });

  it("failures are given back", async () => {
    const { backend, settle } = stopped();
    const app = new Hono();
    app.use(
      rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(5), settle: exceptFailures })] }),
    );
    app.get("/", (c) => c.text("hello"));
    app.get("/broken", () => {
      throw new Error("broken");
    });
    app.onError((_, c) => c.text("sorry", 500));
    for (let i = 0; i < 20; i++) expect((await app.request("/broken")).status).toBe(500);
    expect(settle).toHaveBeenCalledTimes(20);
    for (let i = 0; i < 5; i++) expect((await app.request("/")).status).toBe(200);
    expect(settle).toHaveBeenCalledTimes(20);
    expect((await app.request("/broken")).status).toBe(429);
  });

  it("a login: five failures per quarter of an hour, however often it succeeds meanwhile", async () => {
    const { backend, clock } = stopped();
    const limit = per("15m", 5, { algorithm: "sliding-log" });
    const app = new Hono();
    app.use(rateLimit({ ...quiet, backend, limiters: [limiterOf("login", { limit, settle: onlyFailures })] }));
    app.post("/", (c) => c.body(null, c.req.header("password") === "right" ? 200 : 401));
    const login = async (password: string) =>
      (await app.request("/", { method: "POST", headers: { password } })).status;
    for (let i = 0; i < 4; i++) {
      expect(await login("wrong")).toBe(401);
      for (let j = 0; j < 10; j++) expect(await login("right")).toBe(200);
    }
    expect(await login("wrong")).toBe(401);
    expect(await login("right")).toBe(429);
    clock.advance(15 * 60_000 - 1);
    expect(await login("right")).toBe(429);
    clock.advance(1);
    expect(await login("right")).toBe(200);
  });

  it("more than was charged is debited", async () => {
    const { backend } = stopped();
    const app = appWith(
      rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(10), settle: () => 4 })] }),
    );
    expect(left(await app.request("/"))).toBe("9");
    expect(left(await app.request("/"))).toBe("5");
  });

  it("is not asked of what was refused, or of a shadow's denial", async () => {
    const { backend, settle } = stopped();
    const rule = vi.fn(() => 0.5);
    const limiters = [limiterOf("a", { limit: perMinute(1), settle: rule, shadow: true })];
    const app = appWith(rateLimit({ ...quiet, backend, limiters }));
    for (let i = 0; i < 3; i++) await app.request("/");
    expect(rule).toHaveBeenCalledTimes(1);
    expect(settle).toHaveBeenCalledTimes(1);
  });

  it.each([Number.NaN, -1, "5", Promise.resolve(0)])(
    "told as %s leaves the charge, tells operators and no client",
    async (cost) => {
      const { backend, settle } = stopped();
      const onError = vi.fn();
      const limiters = [limiterOf("bad", { settle: () => cost as number }), limiterOf("good", { settle: () => 0 })];
      const response = await appWith(rateLimit({ backend, limiters, onError, log: false })).request("/");
      expect(response.status).toBe(200);
      expect(settle.mock.calls[0]?.[0].map(({ decision }) => decision.policy.name)).toEqual(["good"]);
      expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: "SLUICE_COST" }));
    },
  );

  it("by a rule that throws leaves the charge", async () => {
    const onError = vi.fn();
    const rule = () => JSON.parse("{");
    const app = appWith(
      rateLimit({ backend: memory(), limiters: [limiterOf("a", { settle: rule })], onError, log: false }),
    );
    expect((await app.request("/")).status).toBe(200);
    expect(onError).toHaveBeenCalledWith(expect.any(SyntaxError));
  });

  it("is settled behind the answer, kept alive where the platform can", async () => {
    const { backend } = stopped();
    let finish: (() => void) | undefined;
    const slow: Backend = { ...backend, settle: () => new Promise<void>((done) => (finish = done)) };
    const app = appWith(rateLimit({ ...quiet, backend: slow, limiters: [limiterOf("a", { settle: () => 0 })] }));
    const waitUntil = vi.fn();
    const platform = { waitUntil, passThroughOnException: () => undefined, props: {} };
    expect((await app.request("/", {}, {}, platform)).status).toBe(200);
    expect(waitUntil).toHaveBeenCalledTimes(1);
    finish?.();
    await waitUntil.mock.calls[0]?.[0];
    expect((await app.request("/")).status, "and where it cannot").toBe(200);
  });

  it("that cannot be settled is told once, until it can", async () => {
    const { backend } = stopped();
    const onError = vi.fn();
    const settle = vi.fn(async () => Promise.reject(new Error("gone")));
    const app = appWith(
      rateLimit({
        backend: { ...backend, settle },
        onError,
        log: false,
        limiters: [limiterOf("a", { settle: () => 0 })],
      }),
    );
    for (let i = 0; i < 3; i++) expect((await app.request("/")).status).toBe(200);
    expect(settle).toHaveBeenCalledTimes(3);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "SLUICE_BACKEND_FAILED", cause: new Error("gone") });
  });
});
