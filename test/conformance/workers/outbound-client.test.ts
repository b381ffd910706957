import { runInDurableObject } from "cloudflare:test";
import { durableObject } from "@sluice/core/durable-object";
import { perSecond } from "@sluice/core/engine";
import { createClient } from "@sluice/outbound";
import { expect, it } from "vitest";
import { LIMITER, own, STRANGER } from "./objects.ts";

interface Api {
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

// Made at module scope, as a Worker does, and used by all its requests.
const client = createClient({
  name: "api",
  rate: perSecond(50),
  backend: durableObject(own(LIMITER)),
  baseUrl: "https://api.example/v1",
  rampMs: 0,
  idempotencyKeys: true,
  fetch: (input, init) => (STRANGER.getByName("api") as unknown as Api).fetch(input, init),
});

/** Runs `job` in the context of a request of its own, in this isolate. */
function inRequest<R>(name: string, job: () => Promise<R>): Promise<R> {
  return runInDurableObject(STRANGER.getByName(name), job);
}

it("a client over a Durable Object waits as long as a 429 says, in every request, and sends it again", async () => {
  const post = (name: string) =>
    inRequest(name, async () => (await client("/x", { method: "POST", body: () => `from ${name}` })).json());
  const from = Date.now();
  const first = post("first");
  await inRequest("waiting", () => new Promise((resolve) => setTimeout(resolve, 300)));
  expect(await Promise.all([first, post("second")])).toEqual([
    ["POST", "from first", true],
    ["POST", "from second", true],
  ]);
  expect(Date.now() - from).toBeGreaterThanOrEqual(1_000);
  expect(await inRequest("page", () => client.state())).toMatchObject({
    limits: [{ name: "api" }],
    breaker: { phase: "closed", failures: 0 },
  });
});
