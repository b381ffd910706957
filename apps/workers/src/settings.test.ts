import { describe, expect, test } from "vitest";
import { ceilings, tiers } from "./bindings.ts";
import { readSettings } from "./settings.ts";

const secret = "s3cr3t";
const limit = { limit: async () => ({ success: true }) };
const DB = { prepare: () => ({}), batch: async () => [] };
const LIMITER = { getByName: () => ({}) };
const bound = {
  DB,
  LIMITER,
  // Each its own, since one binding cannot be two.
  ...Object.fromEntries([...ceilings, ...tiers].map(({ name }) => [name, { ...limit }])),
};
const upstash = { UPSTASH_REDIS_REST_URL: "https://eu1.upstash.io", UPSTASH_REDIS_REST_TOKEN: "AX8=" };
const silent = { info() {}, warn() {}, error() {} };

const read = (env: object) => readSettings({ ...bound, ...env }, silent);

describe("the settings", () => {
  test.each<[env: object, backend: string, scope: string]>([
    [{}, "layered(cloudflare, durable-object)", "global"],
    [{ RATE_LIMIT_BACKEND: "" }, "layered(cloudflare, durable-object)", "global"],
    [{ RATE_LIMIT_BACKEND: "durable-object" }, "layered(cloudflare, durable-object)", "global"],
    [{ RATE_LIMIT_BACKEND: "cloudflare" }, "cloudflare", "location"],
    [{ RATE_LIMIT_BACKEND: "upstash", ...upstash }, "upstash", "global"],
    [{ RATE_LIMIT_BACKEND: "memory" }, "memory", "process"],
  ])("choose the backend: %j", (env, name, scope) => {
    expect(read(env)).toMatchObject({ settings: { backend: { name, features: { scope } }, unused: [] } });
  });

  test("need no binding that the chosen backend does not ask", () => {
    expect(readSettings({ DB, RATE_LIMIT_BACKEND: "memory" }, silent)).toHaveProperty("settings");
    expect(readSettings({ DB, RATE_LIMIT_BACKEND: "upstash", ...upstash }, silent)).toHaveProperty("settings");
  });

  test("have jobs and reports count in Durable Objects, or in Upstash, whatever the backend", () => {
    const found = (env: object) => {
      const { settings } = read(env) as { settings: { outbound?: { name: string } } };
      return settings.outbound?.name;
    };
    expect(found({})).toBe("durable-object");
    expect(found({ RATE_LIMIT_BACKEND: "memory" })).toBe("durable-object");
    expect(found({ RATE_LIMIT_BACKEND: "cloudflare" })).toBe("durable-object");
    expect(found({ RATE_LIMIT_BACKEND: "upstash", ...upstash })).toBe("upstash");
    expect(found({ RATE_LIMIT_BACKEND: "memory", LIMITER: undefined })).toBeUndefined();
    expect(read({})).toMatchObject({ settings: { jobs: true, bounceSecret: undefined, allowPrivateFetch: false } });
    expect(read({ ALLOW_PRIVATE_FETCH: "1" })).toMatchObject({ settings: { allowPrivateFetch: true } });
    expect(read({ JOBS: "off", BOUNCE_WEBHOOK_SECRET: secret.repeat(6) })).toMatchObject({
      settings: { jobs: false, bounceSecret: secret.repeat(6) },
    });
  });

  test("leave what belongs to others unread, and say so", () => {
    expect(read(upstash)).toMatchObject({ settings: { unused: Object.keys(upstash) } });
  });

  test("take the address people use without its final slash", () => {
    expect(read({ PUBLIC_URL: "https://feeds.example/" })).toMatchObject({
      settings: { publicUrl: "https://feeds.example" },
    });
  });
});

describe("a choice that is wrong or incomplete", () => {
  const rest = (given: object) => ({ RATE_LIMIT_BACKEND: "upstash", ...upstash, ...given });

  test.each<[env: object, mistake: RegExp]>([
    [
      { RATE_LIMIT_BACKEND: "redis" },
      /^RATE_LIMIT_BACKEND="redis" is not known; there are durable-object, cloudflare, upstash, memory\.$/,
    ],
    [{ RATE_LIMIT_BACKEND: "constructor" }, /^RATE_LIMIT_BACKEND="constructor" is not known/],
    [{ RATE_LIMIT_BACKEND: 5 }, /^RATE_LIMIT_BACKEND=5 is not known/],
    [
      { LIMITER: undefined },
      /SLUICE_BINDING_MISSING: .*got undefined\. .*"name": "LIMITER".*Named environments inherit/,
    ],
    [{ LIMITER: DB }, /SLUICE_BINDING_MISSING: .*got an object\. /],
    [
      { API_RATE_LIMIT: undefined },
      /SLUICE_BINDING_MISSING: "API_RATE_LIMIT" .*got undefined\. .*"limit": 10000, "period": 60/,
    ],
    [{ FEED_RATE_LIMIT: LIMITER }, /SLUICE_BINDING_MISSING: "FEED_RATE_LIMIT" .*got an object\. /],
    [
      { RATE_LIMIT_BACKEND: "cloudflare", API_PRO: undefined },
      /SLUICE_BINDING_MISSING: "API_PRO" .*"limit": 180, "period": 60/,
    ],
    [{ RATE_LIMIT_BACKEND: "cloudflare", IP: DB }, /SLUICE_BINDING_MISSING: "IP" .*"limit": 100, "period": 10/],
    [{ DB: undefined }, /^DB is missing; add "d1_databases": .* Named environments inherit no bindings/],
    [{ DB: LIMITER }, /^DB is no D1 database; add /],
    [{ DB: new Proxy({}, { get: () => () => {} }) }, /^DB is no D1 database; add /],
    [{ PUBLIC_URL: "feeds.example" }, /^PUBLIC_URL="feeds\.example" has to be the address people use, such as /],
    [{ PUBLIC_URL: "https://feeds.example?a" }, /^PUBLIC_URL="https:\/\/feeds\.example\?a" has to be/],
    [{ PUBLIC_URL: 7 }, /^PUBLIC_URL=7 has to be/],
    [{ ALLOW_PRIVATE_FETCH: true }, /^ALLOW_PRIVATE_FETCH=true is not known; leave it out, or set it to 1 where /],
    [{ JOBS: true }, /^JOBS=true is not known; there are on, off\.$/],
    [{ BOUNCE_WEBHOOK_SECRET: secret }, /^BOUNCE_WEBHOOK_SECRET is set, but has fewer than 32 characters; /],
    [
      { RATE_LIMIT_BACKEND: "memory", LIMITER: undefined, BOUNCE_WEBHOOK_SECRET: secret.repeat(6) },
      /^BOUNCE_WEBHOOK_SECRET needs the Durable Object binding LIMITER, /,
    ],
    [rest({ UPSTASH_REDIS_REST_URL: undefined }), /^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_URL, /],
    [rest({ UPSTASH_REDIS_REST_TOKEN: "" }), /^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_TOKEN, /],
    [rest({ UPSTASH_REDIS_REST_URL: "rediss://eu1.upstash.io" }), /^UPSTASH_REDIS_REST_URL=".*" .* is for TCP; /],
    [rest({ UPSTASH_REDIS_REST_URL: "http://eu1.upstash.io" }), /^UPSTASH_REDIS_REST_URL is refused: .*https:\/\//],
    [
      rest({ UPSTASH_REDIS_REST_URL: `https://default:${secret}@eu1.upstash.io` }),
      /^UPSTASH_REDIS_REST_URL="https:\/\/\*\*\*@eu1\.upstash\.io" may hold no/,
    ],
    [rest({ UPSTASH_REDIS_REST_TOKEN: `"${secret}"` }), /^UPSTASH_REDIS_REST_TOKEN is set, but with blanks, quotes/],
    [rest({ UPSTASH_REDIS_REST_TOKEN: { secret } }), /^UPSTASH_REDIS_REST_TOKEN is set, but with blanks, quotes/],
  ])("is named, without what is secret: %j", (env, mistake) => {
    const found = read(env);
    expect(found).toEqual({ mistakes: [expect.stringMatching(mistake)] });
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test("is named in every part, a line each", () => {
    const found = readSettings({ RATE_LIMIT_BACKEND: "cloudflare", PUBLIC_URL: "x" }, silent);
    const mistakes = "mistakes" in found ? found.mistakes : [];
    expect(mistakes.map((line) => /^DB|^PUBLIC_URL|"[A-Z_]+"/.exec(line)?.[0])).toEqual([
      "DB",
      ...tiers.map(({ name }) => `"${name}"`),
      "PUBLIC_URL",
    ]);
    expect(mistakes.filter((line) => line.includes("\n"))).toEqual([]);
  });
});
