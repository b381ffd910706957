/** The middleware on a real app: what is charged, what passes, what is announced, and to whom it is typed. */

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { appWith, type LimiterRules, limiterOf, quiet, stopped } from "../../test/mounted.ts";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import { per, perDay, perMinute } from "../engine/rate.ts";
import { header } from "../http/client-ip.ts";
import { byFeedOwner } from "../limiters/by-feed-owner.ts";
import { byIp } from "../limiters/by-ip.ts";
import { byKey } from "../limiters/by-key.ts";
import { byUser } from "../limiters/by-user.ts";
import { planBook } from "../limiters/plan-book.ts";
import { planResolver } from "../limiters/plans.ts";
import { exceptFailures } from "../limiters/settling.ts";
import type { DenialLine } from "./denial-log.ts";
import { rateLimit } from "./rate-limit.ts";
import type { RateLimit, RateLimitVariables } from "./variables.ts";

describe("a request that passes", () => {
  it("is charged in one call for all limiters, and told what is left after the handler has run", async () => {
    const { backend, consume } = stopped();
    const app = appWith(
      rateLimit({ ...quiet, backend, limiters: [limiterOf("a"), limiterOf("b", { limit: per("10s", 100) })] }),
    );
    const response = await app.request("/");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("hello");
    expect(consume).toHaveBeenCalledTimes(1);
    expect(consume.mock.calls[0]?.[0]).toHaveLength(2);
    expect(response.headers.get("RateLimit-Policy")).toBe('"a";q=60;w=60, "b";q=100;w=10');
    expect(response.headers.get("RateLimit")).toBe('"a";r=59;t=59, "b";r=99;t=10');
    expect(response.headers.get("Retry-After")).toBeNull();
  });

  it("lets handlers see its limits, the tightest first", async () => {
    const { backend } = stopped();
    const seen: RateLimit[] = [];
    const app = new Hono();
    app.use(
      rateLimit({
        ...quiet,
        backend,
        limiters: [limiterOf("wide", { limit: perMinute(600) }), limiterOf("tight", { limit: perMinute(2) })],
      }),
    );
    app.use(rateLimit({ ...quiet, backend, limiters: [limiterOf("middle", { limit: perMinute(3) })] }));
    app.get("/", (c) => {
      seen.push(c.var.rateLimit);
      return c.body(null);
    });
    await app.request("/");
    expect(seen[0]).toMatchObject({ allowed: true, limiters: ["wide", "tight", "middle"] });
    expect(seen[0]?.decisions.map(({ policy }) => policy.name)).toEqual(["tight", "middle", "wide"]);
  });

  it("passes through several mounts into one list, an outer one in front", async () => {
    const { backend, consume } = stopped();
    const [outer, inner] = [limiterOf("outer"), limiterOf("inner", { limit: perMinute(6) })];
    const app = appWith(
      rateLimit({ ...quiet, backend, limiters: [outer] }),
      rateLimit({ ...quiet, backend, limiters: [inner] }),
    );
    const { headers } = await app.request("/");
    expect(headers.get("RateLimit-Policy")).toBe('"outer";q=60;w=60, "inner";q=6;w=60');
    expect(headers.get("RateLimit")).toBe('"outer";r=59;t=59, "inner";r=5;t=50');
    expect(consume).toHaveBeenCalledTimes(2);
  });

  it("carries one limit in the older forms, the tightest of all mounts, however many there are", async () => {
    const { backend } = stopped();
    const headers = ["x-ratelimit", "draft-6"] as const;
    const [outer, inner] = [limiterOf("outer", { limit: perMinute(4) }), limiterOf("inner")];
    const app = appWith(
      rateLimit({ ...quiet, backend, headers, limiters: [outer] }),
      rateLimit({ ...quiet, backend, headers, limiters: [inner] }),
    );
    const response = await app.request("/");
    expect(response.headers.get("RateLimit-Limit")).toBe("4");
    expect(response.headers.get("RateLimit-Remaining")).toBe("3");
    expect(response.headers.get("X-RateLimit-Limit")).toBe("4");
    expect(response.headers.get("RateLimit-Policy")).toBe("4;w=60, 60;w=60");
  });

  it("carries draft-11 and an older form side by side, with the newer list of policies", async () => {
    const { backend } = stopped();
    const app = appWith(rateLimit({ ...quiet, backend, headers: ["draft-6", "draft-11"], limiters: [limiterOf("a")] }));
    const { headers } = await app.request("/");
    expect(headers.get("RateLimit-Policy")).toBe('"a";q=60;w=60');
    expect(headers.get("RateLimit")).toBe('"a";r=59;t=59');
    expect(headers.get("RateLimit-Remaining")).toBe("59");
  });

  it("carries nothing where nothing is charged", async () => {
    const { backend, consume } = stopped();
    const onDecision = vi.fn();
    const limiters = [limiterOf("a", { skip: () => true }), limiterOf("b", { limit: "unlimited" })];
    const { headers, status } = await appWith(rateLimit({ ...quiet, onDecision, backend, limiters })).request("/");
    expect(status).toBe(200);
    expect([...headers.keys()]).toEqual(["content-type"]);
    expect(consume).not.toHaveBeenCalled();
    expect(onDecision).not.toHaveBeenCalled();
  });

  it("is announced on errors, on 404 and on HEAD as well", async () => {
    const { backend } = stopped();
    const app = appWith(rateLimit({ ...quiet, backend, limiters: [limiterOf("a")] }));
    app.get("/broken", () => {
      throw new Error("broken");
    });
    app.get("/teapot", () => {
      throw new HTTPException(418);
    });
    app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text("sorry", 500)));
    for (const [path, status, left] of [
      ["/broken", 500, 59],
      ["/teapot", 418, 58],
      ["/nowhere", 404, 57],
    ] as const) {
      const response = await app.request(path);
      expect([response.status, response.headers.get("RateLimit")]).toEqual([status, `"a";r=${left};t=${left}`]);
    }
    const head = await app.request("/", { method: "HEAD" });
    expect([await head.text(), head.headers.get("RateLimit")]).toEqual(["", '"a";r=56;t=56']);
  });

  it("may be answered with headers that cannot be changed", async () => {
    const { backend } = stopped();
    const immutable = Response.redirect("http://localhost/elsewhere", 302);
    expect(() => immutable.headers.set("x", "y")).toThrow(TypeError);
    const app = new Hono();
    app.use(rateLimit({ ...quiet, backend, limiters: [limiterOf("a")] }));
    app.get("/", () => immutable);
    const { status, headers } = await app.request("/");
    expect([status, headers.get("Location")]).toEqual([302, "http://localhost/elsewhere"]);
    expect([headers.get("RateLimit"), headers.get("RateLimit-Policy")]).toEqual(['"a";r=59;t=59', '"a";q=60;w=60']);
  });

  it("keeps every cookie of a response that cannot be changed", async () => {
    const { backend } = stopped();
    const proxied = new Response("x", {
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ],
    });
    Object.defineProperty(proxied.headers, "set", {
      value: () => {
        throw new TypeError("immutable");
      },
    });
    const app = new Hono().use(rateLimit({ ...quiet, backend, limiters: [limiterOf("a")] })).get("/", () => proxied);
    const response = await app.request("/");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("RateLimit")).not.toBeNull();
  });

  it("may switch protocols: such a response leaves as it is", async () => {
    const { backend } = stopped();
    const upgrade = Object.defineProperty(new Response(null), "status", { value: 101 });
    const app = new Hono().use(rateLimit({ ...quiet, backend, limiters: [limiterOf("a")] })).get("/", () => upgrade);
    const response = await app.request("/");
    expect(response).toBe(upgrade);
    expect(response.headers.get("RateLimit")).toBeNull();
  });

  it("may be answered by a stream, which is neither read nor delayed", async () => {
    const { backend } = stopped();
    let send: ((text: string) => void) | undefined;
    const app = new Hono();
    app.use(rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { settle: exceptFailures })] }));
    app.get("/", (c) => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          send = (text) => controller.enqueue(new TextEncoder().encode(text));
        },
      });
      return c.body(stream);
    });
    const response = await app.request("/");
    expect(response.headers.get("RateLimit")).toBe('"a";r=59;t=59');
    const reader = response.body?.getReader();
    send?.("late");
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("late");
  });
});

describe("numbers are shown", () => {
  it.each([
    ["always", '"a";r=0;t=60', '"a";r=0;t=60'],
    ["denied", null, '"a";r=0;t=60'],
    ["never", null, null],
  ] as const)("%s", async (show, passing, refused) => {
    const { backend } = stopped();
    const app = appWith(rateLimit({ ...quiet, backend, limiters: [limiterOf("a", { limit: perMinute(1), show })] }));
    const fields = async () => (await app.request("/")).headers.get("RateLimit");
    expect([await fields(), await fields()]).toEqual([passing, refused]);
  });

  it("of a limiter that does not refuse itself not for another's refusal", async () => {
    const { backend } = stopped();
    const limiters = [limiterOf("a", { limit: perMinute(1) }), limiterOf("b", { show: "denied" })];
    const app = appWith(rateLimit({ ...quiet, backend, limiters }));
    await app.request("/");
    expect((await app.request("/")).headers.get("RateLimit")).toBe('"a";r=0;t=60');
  });

  it("not at all, with their names, where headers are off", async () => {
    const app = appWith(rateLimit({ ...quiet, backend: memory(), headers: [], limiters: [limiterOf("a")] }));
    const { headers } = await app.request("/", { headers: { Origin: "https://app.example" } });
    expect([...headers.keys()]).toEqual(["content-type"]);
  });
});

describe("who asks later", () => {
  it("limiters, limits, costs and the backend may all take their time", async () => {
    const { backend } = stopped();
    const slow: Backend = { ...backend, consume: async (charges) => backend.consume(charges) };
    const limiters = [
      byKey({
        name: "a",
        key: async () => "k",
        limit: async () => perMinute(10),
        cost: async () => 2,
        skip: async () => false,
      }),
      limiterOf("b"),
    ];
    const { headers } = await appWith(rateLimit({ ...quiet, backend: slow, limiters })).request("/");
    expect(headers.get("RateLimit")).toBe('"a";r=8;t=48, "b";r=59;t=59');
  });

  it.each<[string, LimiterRules]>([
    ["throws", { key: () => JSON.parse("{") }],
    ["rejects", { limit: () => Promise.reject(new SyntaxError("late")) }],
  ])("a limiter that %s fails this request, and nothing is charged", async (_, rules) => {
    const { backend, consume } = stopped();
    const onError = vi.fn();
    const limiters = [limiterOf("a"), limiterOf("b", rules)];
    const app = appWith(rateLimit({ backend, limiters, onError, log: false }));
    app.onError((error, c) => c.text(error.name, 500));
    const response = await app.request("/");
    expect([response.status, await response.text()]).toEqual([500, "SyntaxError"]);
    expect(consume).not.toHaveBeenCalled();
    expect(onError).not.toHaveBeenCalled();
  });

  it("a limiter that throws beside one that rejects fails this request and not the process", async () => {
    const limiters = [
      limiterOf("late", { limit: () => Promise.reject(new Error("late")) }),
      limiterOf("early", { key: () => JSON.parse("{") }),
    ];
    const app = appWith(rateLimit({ ...quiet, backend: memory(), limiters }));
    app.onError((error, c) => c.text(error.name, 500));
    const response = await app.request("/");
    expect([response.status, response.headers.get("RateLimit")]).toEqual([500, null]);
    await new Promise((done) => setTimeout(done, 5));
  });

  it("a plan that is looked up anew behind the answer is kept alive with the request", async () => {
    const { backend, clock } = stopped();
    const book = planBook({ free: { api: perMinute(60) } });
    const plans = planResolver({ book, default: "free", lookup: async () => ({ plan: "free" }), clock });
    const limiters = [byUser({ user: () => "1", limit: plans.limit("api") })];
    const app = appWith(rateLimit({ ...quiet, backend, limiters }));
    await app.request("/");
    clock.advance(2_000);
    const waitUntil = vi.fn();
    await app.request("/", {}, {}, { waitUntil, passThroughOnException: () => undefined, props: {} });
    expect(waitUntil).toHaveBeenCalledTimes(1);
    expect(await waitUntil.mock.calls[0]?.[0]).toEqual({ plan: "free" });
  });

  it("a burst of requests at once gets exactly the limit", async () => {
    const { backend } = stopped();
    const slow: Backend = { ...backend, consume: async (charges) => backend.consume(charges) };
    const app = appWith(
      rateLimit({ ...quiet, backend: slow, limiters: [limiterOf("a", { limit: async () => perMinute(17) })] }),
    );
    const answers = await Promise.all(Array.from({ length: 100 }, async () => app.request("/")));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(17);
  });
});

describe("the default backend", () => {
  it("is memory", async () => {
    const app = appWith(rateLimit({ ...quiet, limiters: [limiterOf("a", { limit: perMinute(1) })] }));
    expect((await app.request("/")).status).toBe(200);
    expect((await app.request("/")).status).toBe(429);
  });

  it("warns once on Workers, and never where a backend was chosen", async () => {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    const onError = vi.fn();
    const app = appWith(rateLimit({ limiters: [limiterOf("a")], onError, log: false }));
    expect(onError).not.toHaveBeenCalled();
    for (let i = 0; i < 3; i++) await app.request("/");
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "SLUICE_MEMORY_PER_ISOLATE" });
    await appWith(rateLimit({ ...quiet, backend: memory(), limiters: [limiterOf("a")] })).request("/");
    vi.unstubAllGlobals();
  });

  it("reads no clock before the first request", () => {
    const now = vi.spyOn(Date, "now");
    const random = vi.spyOn(Math, "random");
    rateLimit({ limiters: [limiterOf("a"), byIp({ source: header("x-ip"), limit: perDay(1, { timeZone: "UTC" }) })] });
    expect([now, random].flatMap(({ mock }) => mock.calls)).toEqual([]);
    vi.restoreAllMocks();
  });
});

describe("what clients write", () => {
  const big = "x".repeat(65_536);

  it.each([
    ["64 KB everywhere", { origin: big, accept: big, "if-none-match": big, "x-ip": big, "x-key": big }],
    [
      "64 KB of slashes and commas",
      { origin: ",".repeat(65_536), accept: "application/".repeat(5_461), "x-key": "%".repeat(65_536) },
    ],
    ["braces, globs and percent signs", { "x-key": "{a}*%00?[b]\\", "x-ip": "{}", accept: "*/*;q=0" }],
    ["Latin-1", { "x-key": "\u00ff\u0080", accept: "\u00e9" }],
  ])("%s never makes a 500", async (_, headers) => {
    const { backend } = stopped();
    const log = vi.fn();
    const limiters = [
      byKey({ name: "key", key: ({ request }) => request.headers.get("x-key") ?? undefined, limit: perMinute(1) }),
      byIp({ source: header("x-ip"), limit: perMinute(5), missing: { key: "nobody" } }),
      byFeedOwner({ owner: () => "1", limit: perMinute(5) }),
    ];
    const app = appWith(rateLimit({ ...quiet, log, backend, limiters }));
    expect((await app.request("/", { headers })).status).toBe(200);
    expect((await app.request("/", { headers })).status).toBe("x-key" in headers ? 429 : 200);
    expect(JSON.stringify(log.mock.calls).length).toBeLessThan(1_000);
  });

  it("a route parameter is a key like any other, NUL and all", async () => {
    const { backend, consume } = stopped();
    const app = new Hono();
    app.get(
      "/u/:name/:rest{.+}",
      rateLimit({
        ...quiet,
        backend,
        limiters: [byKey({ name: "n", key: ({ context }) => [context.req.param("name") ?? ""], limit: perMinute(1) })],
      }),
      (c) => c.text("hello"),
    );
    for (const name of ["%00", "a%2Fb", "%F0%9F%92%A7", "%E0%A4%A", "x".repeat(16_000), "__proto__"]) {
      expect((await app.request(`/u/${name}/x`)).status).toBe(200);
      expect((await app.request(`/u/${name}/y`)).status).toBe(429);
    }
    expect(consume.mock.calls[0]?.[0][0]?.key).toBe("n:1:\u0000");
  });
});

describe("types", () => {
  interface Signed {
    Variables: { user: { id: string } | undefined };
    Bindings: { SECRET: string };
  }

  it("limiters see the app's own context", () => {
    const app = new Hono<Signed>();
    const user = byUser({ user: (incoming) => incoming.context.get("user")?.id, limit: perMinute(60) });
    app.use(rateLimit({ limiters: [user] }));
    app.use(rateLimit({ limiters: [byUser({ user: (i) => i.context.get("user")?.id, limit: perMinute(60) })] }));
    app.get(
      "/:tenant",
      rateLimit({
        limiters: [byKey({ name: "n", key: ({ context }) => context.req.param("tenant"), limit: perMinute(1) })],
      }),
      (c) => c.body(null),
    );
    expect(app.routes).toHaveLength(4);
  });

  it("typed, where the environment is named", () => {
    rateLimit<Signed>({
      limiters: [
        byIp({ source: header("x-ip"), limit: perMinute(60) }),
        byUser({
          user: ({ context }) => {
            expectTypeOf(context.env.SECRET).toEqualTypeOf<string>();
            expectTypeOf(context.get("user")).toEqualTypeOf<{ id: string } | undefined>();
            return context.var.user?.id;
          },
          limit: perMinute(60),
        }),
      ],
      onDenied: ({ context }) => {
        expectTypeOf(context.env.SECRET).toEqualTypeOf<string>();
        return undefined;
      },
    });
  });

  it("handlers see c.var.rateLimit, declared or not", () => {
    new Hono().get("/", rateLimit({ limiters: [limiterOf("a")] }), (c) => {
      expectTypeOf(c.get("rateLimit")).toEqualTypeOf<RateLimit>();
      return c.json(c.var.rateLimit.decisions[0]?.remaining ?? null);
    });
    new Hono<{ Variables: RateLimitVariables }>().get("/", (c) => {
      expectTypeOf(c.var.rateLimit).toEqualTypeOf<RateLimit>();
      return c.body(null);
    });
    new Hono().get("/", (c) => {
      expectTypeOf(c.var.rateLimit).toEqualTypeOf<RateLimit>();
      return c.body(null);
    });
  });

  it("a denial line says what it says", () => {
    expectTypeOf<DenialLine["event"]>().toEqualTypeOf<"rate-limit-denied">();
  });
});
