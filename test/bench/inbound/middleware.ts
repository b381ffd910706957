/** What the middleware adds to a request that passes, with the same two header fields set by all. */

import { byKey, perMinute, rateLimit } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
import { rateLimiter } from "hono-rate-limiter";
import type { Contenders } from "../contender.ts";
import { type Measure, ratioRow } from "../measure.ts";
import { differences, type Progress, quotients, race, rawTimes, timed } from "../rounds.ts";

const limit = 1_000_000;
const windowMs = 60_000;
const clients = Array.from({ length: 1_000 }, (_, i) => `client-${i}`);

const own = (name: string) =>
  byKey({ name, limit: perMinute(limit), key: ({ request }) => request.headers.get("x-client") ?? undefined });

const apps = {
  "no middleware": () => new Hono(),
  Sluice: () => new Hono().use(rateLimit({ limiters: [own("client")], backend: memory() })),
  "Sluice, three limiters": () =>
    new Hono().use(rateLimit({ limiters: [own("client"), own("tenant"), own("route")], backend: memory() })),
  "hono-rate-limiter": () =>
    new Hono().use(
      rateLimiter({ limit, windowMs, standardHeaders: "draft-7", keyGenerator: (c) => c.req.header("x-client") ?? "" }),
    ),
} as const;

export const contenders: Contenders<Progress> = Object.fromEntries(
  Object.entries(apps).map(([name, make]) => [
    name,
    timed(async () => {
      const app = make();
      app.get("/feeds", (c) => c.text("ok"));
      await checkFields(app, name === "no middleware" ? [] : ["ratelimit", "ratelimit-policy"]);
      // Made beforehand and used again: making a Request costs as much as all the rest, and is the server's.
      const requests = clients.map(request);
      return async (operations) => {
        for (let i = 0; i < operations; i++) {
          const response = app.fetch(requests[i % requests.length] as Request);
          if (response instanceof Promise) await response;
        }
      };
    }),
  ]),
);

export const middleware: Measure = async () => {
  const names = Object.keys(apps) as (keyof typeof apps)[];
  const times = await race(import.meta.url, names);
  const added = (name: keyof typeof apps) => differences(times[name], times["no middleware"]);
  const one = added("Sluice");
  const three = added("Sluice, three limiters");
  const peer = added("hono-rate-limiter");
  const measure = "time added to a request";
  return {
    rows: [
      ratioRow(`${measure}, same headers`, "hono-rate-limiter", quotients(one, peer), { most: 0.6 }),
      ratioRow(`${measure} by three limiters`, "Sluice, one limiter", quotients(three, one), { most: 1.6 }),
    ],
    raw: [
      ...rawTimes("a whole request", times),
      ...rawTimes(measure, { Sluice: one, "Sluice, three limiters": three, "hono-rate-limiter": peer }),
    ],
  };
};

function request(client: string): Request {
  return new Request("http://localhost/feeds", { headers: { "x-client": client } });
}

async function checkFields(app: Hono, expected: readonly string[]): Promise<void> {
  const { status, headers } = await app.fetch(request("first"));
  const fields = [...headers.keys()].filter((name) => name.startsWith("ratelimit") || name.startsWith("x-rate"));
  if (status === 200 && fields.sort().join() === expected.join()) return;
  throw new Error(`answered ${status} with [${fields}], expected 200 with [${expected}]`);
}
