import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { startUpstashFront } from "@sluice/test-services/upstash-front";
import { describe, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { configuration, startWorker } from "./worker.ts";

/** What workerd says of a Worker that does not start. */
async function refusal(changes: Readonly<Record<string, unknown>>): Promise<string> {
  const harness = createTestHarness({ workers: [{ config: configuration(changes) }] });
  try {
    await harness.listen();
    return "it has started";
  } catch {
    return harness
      .getLogs()
      .map(({ message }) => message)
      .join("\n");
  } finally {
    await harness.close();
  }
}

describe("a Worker with a mistake in its settings does not start, and says why", () => {
  const { ratelimits } = configuration() as { ratelimits: { name: string }[] };
  const cannot = "Uncaught Error: this Worker cannot start.";

  test.each<[what: string, changes: Readonly<Record<string, unknown>>, lines: RegExp[]]>([
    [
      "a name that is not known",
      { vars: { RATE_LIMIT_BACKEND: "redis" } },
      [/^RATE_LIMIT_BACKEND="redis" is not known; /],
    ],
    [
      "no database, no objects",
      { d1_databases: [], durable_objects: { bindings: [] }, migrations: [] },
      [/^DB is missing; /, /SLUICE_BINDING_MISSING.*LIMITER/],
    ],
    [
      "a ceiling and a tier less",
      { ratelimits: ratelimits.filter(({ name }) => name !== "FEED_RATE_LIMIT") },
      [/SLUICE_BINDING_MISSING: "FEED_RATE_LIMIT"/],
    ],
    [
      "no token, and a wrong public address",
      { vars: { RATE_LIMIT_BACKEND: "upstash", UPSTASH_REDIS_REST_URL: "https://db.example", PUBLIC_URL: "feeds" } },
      [/^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_TOKEN/, /^PUBLIC_URL="feeds" has to be/],
    ],
  ])("%s", async (_, changes, lines) => {
    const said = (await refusal(changes)).split("\n");
    const first = said.findIndex((line) => line.endsWith(cannot));
    expect(said[first]).toContain(cannot);
    const told = said.slice(first + 1, first + 1 + lines.length);
    expect(told).toEqual(lines.map((line) => expect.stringMatching(line)));
    // workerd itself adds where it was thrown; there is no stack below that.
    expect(said[first + 1 + lines.length]).toMatch(/^ {2}at \S+$/);
    expect(said[first + 2 + lines.length] ?? "").not.toMatch(/^\s+at /);
  });
});

describe("what goes wrong while the Worker serves is in its log, and limits follow their rules", () => {
  test.skipIf(!hasRedis)("a token that is not the database's", async () => {
    const redis = await startRedis();
    const front = await startUpstashFront({ redisUrl: redis.url, token: "right" });
    const address = { UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: "wrong-s3cr3t" };
    const { url, harness, log } = await startWorker({ vars: { RATE_LIMIT_BACKEND: "upstash", ...address } });
    try {
      const me = () => fetch(new URL("/api/me", url), { headers: { authorization: "Bearer demo-free" } });
      const [first] = await Promise.all([me(), me(), me()]);
      // The user's quota is open, and the one by address is counted by the Worker itself.
      expect([first?.status, first?.headers.get("ratelimit-policy")]).toEqual([200, '"ip";q=100;w=10']);
      const health = await (await fetch(new URL("/health", url))).json();
      expect(health).toMatchObject({
        status: "degraded",
        limiting: { answers: false, failing: { code: "SLUICE_BACKEND_REFUSED" } },
        safety: { backend: "memory" },
      });
      expect(log()).toEqual([expect.stringMatching(/"code":"SLUICE_BACKEND_REFUSED".*"msg":"the backend fails: /)]);
      expect(log().join()).not.toContain("s3cr3t");
    } finally {
      await harness.close();
      await front.stop();
      await redis.stop();
    }
  });

  test("a database without its tables", async () => {
    const harness = createTestHarness({ workers: [{ config: configuration() }] });
    try {
      const { url } = await harness.listen();
      const answer = await fetch(new URL("/api/me", url), { headers: { authorization: "Bearer s3cr3t" } });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
      expect(await answer.text()).not.toMatch(/D1|sqlite|no such table/i);
      const said = harness.getLogs().map(({ message }) => message);
      expect(said).toContainEqual(expect.stringMatching(/"level":50.*no such table: users.*"msg":"unexpected error"/));
      expect(said.join()).not.toContain("s3cr3t");
      // What needs no database is answered.
      expect((await fetch(new URL("/health", url))).status).toBe(200);
    } finally {
      await harness.close();
    }
  });
});
