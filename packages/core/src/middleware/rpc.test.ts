/** What Hono's RPC client sees of a limit: the types are checked by tsc, the values here. */

import { Hono } from "hono";
import { type ApplyGlobalResponse, hc, type InferRequestType, type InferResponseType } from "hono/client";
import { validator } from "hono/validator";
import { describe, expect, expectTypeOf, it } from "vitest";
import { limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { perMinute } from "../engine/rate.ts";
import type { RefusalProblem } from "../http/problem.ts";
import { type Refusals, rateLimit } from "./rate-limit.ts";

const once = () =>
  rateLimit({ ...quiet, backend: stopped().backend, limiters: [limiterOf("api", { limit: perMinute(1) })] });

const problem = {
  type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
  title: "Too many requests",
  status: 429,
  detail: "Too many requests (api). Try again in 60 seconds.",
  "violated-policies": ["api"],
};

describe("a limit in front of a route", () => {
  const app = new Hono().get("/me", once(), (c) => c.json({ name: "Ada" }, 200));
  const client = hc<typeof app>("http://x", { fetch: app.request });
  type Get = typeof client.me.$get;

  it("is among the route's answers", async () => {
    expectTypeOf<InferResponseType<Get, 200>>().toEqualTypeOf<{ name: string }>();
    expectTypeOf<InferResponseType<Get, 429>>().toEqualTypeOf<RefusalProblem<429>>();
    const first = await client.me.$get();
    if (first.status !== 200) return expect.unreachable();
    expectTypeOf(await first.json()).toEqualTypeOf<{ name: string }>();

    const refused = await client.me.$get();
    if (refused.status !== 429) return expect.unreachable();
    const body = await refused.json();
    expectTypeOf(body).toEqualTypeOf<RefusalProblem<429>>();
    expectTypeOf(body["violated-policies"]).toEqualTypeOf<readonly string[]>();
    expect(body).toEqual(problem);
  });

  it("leaves the good answers as they are, for whoever asks whether one is good", () => {
    const good = async () => {
      const response = await client.me.$get();
      if (!response.ok) throw new Error((await response.json()).detail);
      return response.json();
    };
    expectTypeOf(good).toEqualTypeOf<() => Promise<{ name: string }>>();
  });

  it("leaves routes alone that it does not stand in front of", () => {
    const free = new Hono()
      .get("/free", (c) => c.json({ free: true }, 200))
      .get("/me", once(), (c) => c.text("Ada", 200));
    const { $get } = hc<typeof free>("http://x").free;
    expectTypeOf<InferResponseType<typeof $get>>().toEqualTypeOf<{ free: true }>();
  });

  it("is known beside what other middleware brings", () => {
    const named = validator("json", ({ name }) => (typeof name === "string" ? { name } : { name: "" }));
    const app = new Hono<{ Variables: { user: string } }>()
      .post("/before", once(), named, (c) => c.json({ user: c.var.user, ...c.req.valid("json") }, 201))
      .post("/after", named, once(), once(), (c) => c.json({ user: c.var.user, ...c.req.valid("json") }, 201));
    const { before, after } = hc<typeof app>("http://x");
    type Before = typeof before.$post;
    type After = typeof after.$post;
    expectTypeOf<InferResponseType<Before, 201>>().toEqualTypeOf<{ user: string; name: string }>();
    expectTypeOf<InferResponseType<Before, 429>>().toEqualTypeOf<RefusalProblem<429>>();
    expectTypeOf<InferRequestType<Before>>().toEqualTypeOf<{ json: { name: string } }>();
    expectTypeOf<InferResponseType<After, 201>>().toEqualTypeOf<{ user: string; name: string }>();
    expectTypeOf<InferResponseType<After, 429>>().toEqualTypeOf<RefusalProblem<429>>();
    expectTypeOf<InferRequestType<After>>().toEqualTypeOf<{ json: { name: string } }>();
  });
});

describe("a limit in front of a whole app", () => {
  const app = new Hono()
    .use("/api/*", once())
    .basePath("/api")
    .get("/me", (c) => c.json({ name: "Ada" }, 200));
  const client = hc<ApplyGlobalResponse<typeof app, Refusals>>("http://x", { fetch: app.request });

  it("is told to the client once for all routes", async () => {
    expect((await client.api.me.$get()).status).toBe(200);
    const refused = await client.api.me.$get();
    if (refused.status !== 429) return expect.unreachable();
    const body = await refused.json();
    expectTypeOf(body).toEqualTypeOf<RefusalProblem<429>>();
    expect(body).toEqual(problem);
  });
});
