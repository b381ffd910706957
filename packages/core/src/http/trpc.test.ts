/** What a tRPC request costs, and refusals in tRPC's envelope; apps/node/test puts both to tRPC itself. */

import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { limiterOf, quiet, stopped } from "../../test/mounted.ts";
import type { Backend } from "../engine/backend.ts";
import { perMinute } from "../engine/rate.ts";
import { rateLimit } from "../middleware/rate-limit.ts";
import { faulty } from "../testing/faults.ts";
import { type Trpc, trpc } from "./trpc.ts";

const asked = (path: string, headers: Record<string, string> = {}) => new Request(`http://x/${path}`, { headers });

describe("the cost", () => {
  it.each<[path: string, cost: number]>([
    ["trpc/me", 1],
    ["trpc/me?batch=1", 1],
    ["trpc/me,me,me?batch=1", 3],
    ["trpc/me,me,me", 1],
    ["trpc/me,me?batch=0", 1],
    ["trpc/me,me?batch=true", 1],
    ["trpc/me,me?batch=0&batch=1", 1],
    ["trpc/me,me?batch=1&batch=0", 2],
    ["trpc/me,me?%62atch=%31", 2],
    ["trpc/me%2Cme%2cme?batch=1", 3],
    ["trpc/me%252Cme?batch=1", 1],
    ["trpc/me,me?input=a,b,c&batch=1", 2],
    ["trpc?batch=1", 1],
    ["trpc/?batch=1", 1],
    ["trpc/,?batch=1", 2],
    ["trpc/me,?batch=1", 2],
    ["trpc/me,,,me?batch=1", 4],
    ["trpc/me,me#?batch=1", 1],
    ["trpc/me,%E0%A4%A,me?batch=1", 3],
    [`trpc/${"a,".repeat(5_000)}?batch=1`, 5_001],
  ])("of %s", (path, cost) => {
    expect(trpc().cost({ request: asked(path) })).toBe(cost);
  });

  it("asks nothing of the body", async () => {
    const body = '{"0":{},"1":{},"2":{}}';
    const request = new Request("http://x/trpc/add?batch=1", { method: "POST", body });
    expect(trpc().cost({ request })).toBe(1);
    expect(await request.text()).toBe(body);
  });
});

/** An app whose one route is limited. */
function limited(envelope: Trpc, limiter: Parameters<typeof limiterOf>[1], backend: Backend = stopped().backend) {
  const { cost, onDenied } = envelope;
  const calls = vi.fn();
  const limiters = [limiterOf("api", { limit: perMinute(5), cost, ...limiter })];
  const app = new Hono().use("/trpc/*", rateLimit({ ...quiet, backend, onError: () => {}, limiters, onDenied }));
  app.all("/trpc/*", (c) => {
    calls();
    return c.json({ result: {} });
  });
  return { app, calls };
}

describe("a refusal", () => {
  const tooMany = (seconds: number) => ({
    error: {
      message: `Too many requests (api). Try again in ${seconds} seconds.`,
      code: -32029,
      data: {
        code: "TOO_MANY_REQUESTS",
        httpStatus: 429,
        reason: "quota-exceeded",
        violatedPolicies: ["api"],
        retryAfterMs: seconds * 1_000,
      },
    },
  });
  const stream = "application/jsonl";

  it.each<[title: string, path: string, headers: Record<string, string>, seconds: number, length?: number]>([
    ["of a call is an object", "a", {}, 12],
    ["of a batch of one is a list", "a?batch=1", {}, 12, 1],
    ["of a batch is a list as long as it", "a,b,c?batch=1", {}, 36, 3],
    ["of a stream is an object", "a,b?batch=1", { "trpc-accept": stream }, 24],
    ["of a stream asked for otherwise, too", "a,b?batch=1", { Accept: `text/html, ${stream}` }, 24],
    ["of what is no stream is a list", "a,b?batch=1", { "trpc-accept": "text/event-stream", Accept: stream }, 24, 2],
  ])("%s", async (_, path, headers, seconds, length) => {
    const { app, calls } = limited(trpc(), {});
    await app.request("/trpc/a,b,c,d,e?batch=1");
    const refused = await app.request(`/trpc/${path}`, { headers });
    expect(refused.status).toBe(429);
    const one = tooMany(seconds);
    expect(await refused.json()).toEqual(length === undefined ? one : Array.from({ length }, () => one));
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "retry-after": `${seconds}`,
      ratelimit: '"api";r=0;t=12',
      "ratelimit-policy": '"api";q=5;w=60',
    });
    expect(calls).toHaveBeenCalledTimes(1);
  });

  it("is of the whole batch, which is not charged", async () => {
    const { app, calls } = limited(trpc(), {});
    expect((await app.request("/trpc/a,b,c?batch=1")).headers.get("RateLimit")).toBe('"api";r=2;t=24');
    const refused = await app.request("/trpc/a,b,c?batch=1");
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual([tooMany(12), tooMany(12), tooMany(12)]);
    expect((await app.request("/trpc/a,b?batch=1")).status).toBe(200);
    expect(calls).toHaveBeenCalledTimes(2);
  });

  const down = () => {
    const backend = faulty(stopped().backend);
    backend.faults.down();
    return backend;
  };
  it.each<[title: string, status: number, code: string, number: number, reason: string, app: () => Hono]>([
    ["a limit of 0", 403, "FORBIDDEN", -32003, "limit-zero", () => limited(trpc(), { limit: perMinute(0) }).app],
    ["a batch that never fits", 413, "PAYLOAD_TOO_LARGE", -32013, "cost-too-high", () => limited(trpc(), {}).app],
    ["no cost", 400, "BAD_REQUEST", -32600, "cost-unknown", () => limited(trpc(), { cost: () => Number.NaN }).app],
    [
      "a failing backend",
      503,
      "SERVICE_UNAVAILABLE",
      -32603,
      "failed-closed",
      () => limited(trpc(), { onFailure: "closed", limit: perMinute(60) }, down()).app,
    ],
  ])("by %s", async (_, httpStatus, code, number, reason, app) => {
    const refused = await app().request("/trpc/a,b,c,d,e,f?batch=1");
    expect(refused.status).toBe(httpStatus);
    const [first, ...others] = (await refused.json()) as { error: { code: number; data: object } }[];
    expect(others).toHaveLength(5);
    expect(first).toEqual({
      error: {
        message: expect.stringMatching(/^\w.*\(api\)\.$/),
        code: number,
        data: { code, httpStatus, reason, violatedPolicies: ["api"] },
      },
    });
    expect(refused.headers.has("Retry-After")).toBe(false);
    expect(refused.headers.get("Cache-Control")).toBe("no-store");
  });

  it("of a batch of thousands is not longer than it", async () => {
    const path = `/trpc/${"a,".repeat(5_000)}?batch=1`;
    const refused = await limited(trpc(), {}).app.request(path);
    expect(refused.status).toBe(413);
    expect((await refused.text()).length).toBeLessThan(path.length);
  });
});

describe("a transformer", () => {
  const boxed = { serialize: (value: unknown) => ({ json: value }), deserialize: (value: unknown) => value };

  it.each([
    ["for both ways", boxed],
    ["for each way its own", { input: boxed, output: boxed }],
  ])("%s writes the error", async (_, transformer) => {
    const { app } = limited(trpc({ transformer }), { limit: perMinute(0) });
    expect(await (await app.request("/trpc/a")).json()).toMatchObject({ error: { json: { code: -32003 } } });
    expect(await (await app.request("/trpc/a?batch=1")).json()).toMatchObject([{ error: { json: { code: -32003 } } }]);
  });

  it.each([null, {}, "superjson", { output: {} }])("that is none is a mistake: %j", (transformer) => {
    expect(() => trpc({ transformer: transformer as never })).toThrow(
      expect.objectContaining({ code: "SLUICE_OPTION_TYPE" }),
    );
    expect(() => trpc({ transfomer: boxed } as never)).toThrow(
      expect.objectContaining({ code: "SLUICE_OPTION_UNKNOWN" }),
    );
  });
});

it("writes what others refuse, too", async () => {
  const response = trpc().error(asked("trpc/a,b?batch=1"), 401, "Sign in.", { realm: "feeds" });
  expect(response.status).toBe(401);
  const one = {
    error: { message: "Sign in.", code: -32001, data: { code: "UNAUTHORIZED", httpStatus: 401, realm: "feeds" } },
  };
  expect(await response.json()).toEqual([one, one]);
});
