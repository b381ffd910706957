import { describe, expect, test } from "vitest";
import { readChoice } from "./backend-settings.ts";

const secret = "s3cr3t";
const upstash = { UPSTASH_REDIS_REST_URL: "https://eu1.upstash.io", UPSTASH_REDIS_REST_TOKEN: "AX8=" };

describe("the backend", () => {
  test.each<[environment: Record<string, string>, choice: object]>([
    [{}, { name: "memory" }],
    [{ RATE_LIMIT_BACKEND: "memory" }, { name: "memory" }],
    [{ RATE_LIMIT_BACKEND: "noop" }, { name: "noop" }],
    [{ RATE_LIMIT_BACKEND: "sqlite" }, { name: "sqlite", path: "/data/limits.sqlite" }],
    [
      { RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: "/elsewhere/l.db" },
      { name: "sqlite", path: "/elsewhere/l.db" },
    ],
    ...[
      "redis://localhost",
      "redis://127.0.0.1:6379",
      "redis://[::1]:6379/",
      "REDIS://cache:6379/15",
      "rediss://default:a%40b%2Fc@cache.example:6380/0",
      "redis://:password@cache",
    ].map((url): [Record<string, string>, object] => [
      { RATE_LIMIT_BACKEND: "redis", REDIS_URL: url },
      { name: "redis", url },
    ]),
    [
      { RATE_LIMIT_BACKEND: "upstash", ...upstash },
      { name: "upstash", url: "https://eu1.upstash.io", token: "AX8=" },
    ],
    [
      { RATE_LIMIT_BACKEND: "upstash", ...upstash, UPSTASH_REDIS_REST_URL: "http://127.0.0.1:8079/" },
      { name: "upstash", url: "http://127.0.0.1:8079/", token: "AX8=" },
    ],
  ])("is read from %j", (environment, choice) => {
    expect(readChoice(environment, "/data/feeds.sqlite")).toEqual({ choice, unused: [] });
  });

  test.each<[environment: Record<string, string>, unused: string[]]>([
    [{ REDIS_URL: "nonsense" }, ["REDIS_URL"]],
    [{ RATE_LIMIT_BACKEND: "redis", REDIS_URL: "redis://cache", ...upstash }, Object.keys(upstash)],
    [
      { RATE_LIMIT_BACKEND: "noop", SQLITE_LIMITS_PATH: "l", REDIS_URL: "redis://cache" },
      ["SQLITE_LIMITS_PATH", "REDIS_URL"],
    ],
  ])("leaves what belongs to others unread, and says so: %j", (environment, unused) => {
    expect(readChoice(environment, "feeds.sqlite")).toMatchObject({ unused });
  });
});

describe("a choice that is wrong or incomplete", () => {
  const redis = (url: string) => ({ RATE_LIMIT_BACKEND: "redis", REDIS_URL: url });
  const rest = (given: object) => ({ RATE_LIMIT_BACKEND: "upstash", ...upstash, ...given });

  test.each<[environment: Record<string, string>, mistake: RegExp]>([
    [
      { RATE_LIMIT_BACKEND: "mysql" },
      /^RATE_LIMIT_BACKEND="mysql" is not known; there are memory, sqlite, redis, upstash, noop\.$/,
    ],
    [{ RATE_LIMIT_BACKEND: "constructor" }, /^RATE_LIMIT_BACKEND="constructor" is not known/],
    [{ RATE_LIMIT_BACKEND: `redis://:${secret}@cache` }, /^RATE_LIMIT_BACKEND="redis:\/\/\*\*\*@cache" is not known/],
    [{ RATE_LIMIT_BACKEND: `default:${secret}@cache` }, /^RATE_LIMIT_BACKEND="default:\*\*\*@cache" is not known/],
    [{ RATE_LIMIT_BACKEND: "Redis" }, /^RATE_LIMIT_BACKEND="Redis" is not known/],
    [
      { RATE_LIMIT_BACKEND: "redis" },
      /^RATE_LIMIT_BACKEND="redis" needs REDIS_URL, the address .*, such as redis:\/\/127\.0\.0\.1:6379\.$/,
    ],
    [
      redis("https://eu1.upstash.io"),
      /^REDIS_URL="https:\/\/eu1\.upstash\.io" has to .*RATE_LIMIT_BACKEND=upstash, as /,
    ],
    [
      redis("mysql://cache:3306"),
      /^REDIS_URL="mysql:\/\/cache:3306" has to begin with redis:\/\/ or rediss:\/\/, such/,
    ],
    [redis(`http://u:${secret}@cache/${secret}`), /^REDIS_URL="http:\/\/\*\*\*@cache" has to begin/],
    [redis("redis://cache/users"), /^REDIS_URL="redis:\/\/cache" may end in the number of a database/],
    [redis(`redis://cache/0?password=${secret}`), /^REDIS_URL="redis:\/\/cache" takes no options after a \? or #/],
    [redis("cache:6379"), /^REDIS_URL is set, but not to an address that can be read; write redis:\/\/user:password@/],
    [redis("redis://"), /^REDIS_URL is set, but not to an address/],
    [redis("redis://cache:port"), /^REDIS_URL is set, but not to an address/],
    [redis(`default:${secret}@cache`), /^REDIS_URL is set, but not to an address/],
    [
      redis(`redis://default:12/${secret}@cache`),
      /^REDIS_URL is set, but .* %40 for an @ and %2F for a \/ in a password\.$/,
    ],
    [redis(`redis://12/${secret}#@cache`), /^REDIS_URL is set, but not to an address/],
    [redis(`redis://:100%${secret}@cache`), /^REDIS_URL is set, but not to an address/],
    [redis(`"redis://:${secret}@cache"`), /^REDIS_URL is set, but not to an address/],
    [rest({ UPSTASH_REDIS_REST_URL: "rediss://eu1.upstash.io" }), /^UPSTASH_REDIS_REST_URL=".*" .*, as REDIS_URL\.$/],
    [rest({ UPSTASH_REDIS_REST_URL: "eu1.upstash.io" }), /^UPSTASH_REDIS_REST_URL is set, but not to an address/],
    [rest({ UPSTASH_REDIS_REST_URL: "ftp://eu1" }), /^UPSTASH_REDIS_REST_URL="ftp:\/\/eu1" has to begin with https/],
    [
      rest({ UPSTASH_REDIS_REST_URL: `https://eu1.upstash.io?_token=${secret}` }),
      /^UPSTASH_REDIS_REST_URL="https:\/\/eu1\.upstash\.io" may hold no .*UPSTASH_REDIS_REST_TOKEN\.$/,
    ],
    [
      rest({ UPSTASH_REDIS_REST_URL: `https://default:${secret}@eu1.upstash.io` }),
      /^UPSTASH_REDIS_REST_URL="https:\/\/\*\*\*@eu1\.upstash\.io" may hold no/,
    ],
    [rest({ UPSTASH_REDIS_REST_TOKEN: `${secret} ${secret}` }), /^UPSTASH_REDIS_REST_TOKEN is set, but with blanks/],
    [rest({ UPSTASH_REDIS_REST_TOKEN: `"${secret}"` }), /^UPSTASH_REDIS_REST_TOKEN is set, but with blanks, quotes/],
    [rest({ UPSTASH_REDIS_REST_TOKEN: `${secret}\n` }), /^UPSTASH_REDIS_REST_TOKEN is set, but with blanks/],
    [
      { RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: ":memory:" },
      /^SQLITE_LIMITS_PATH=":memory:" has to be the path of a file; .*RATE_LIMIT_BACKEND=memory\.$/,
    ],
    [{ RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: "data/" }, /^SQLITE_LIMITS_PATH="data\/" has to be the path/],
    [{ RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: "a\0b" }, /^SQLITE_LIMITS_PATH="a\\u0000b" has to be the/],
  ])("is named, without what is secret: %j", (environment, mistake) => {
    const read = readChoice(environment, "feeds.sqlite");
    expect(read).toEqual({ mistakes: [expect.stringMatching(mistake)] });
    expect(JSON.stringify(read)).not.toContain(secret);
  });

  test("is named in every part", () => {
    expect(readChoice({ RATE_LIMIT_BACKEND: "upstash" }, "feeds.sqlite")).toEqual({
      mistakes: [
        expect.stringMatching(/^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_URL, /),
        expect.stringMatching(/^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_TOKEN, /),
      ],
    });
  });

  test("is one that puts limits next to a database which has no place", () => {
    expect(readChoice({ RATE_LIMIT_BACKEND: "sqlite" }, ":memory:")).toEqual({
      mistakes: [expect.stringMatching(/^RATE_LIMIT_BACKEND="sqlite" needs SQLITE_LIMITS_PATH, .*":memory:" names no/)],
    });
  });
});
