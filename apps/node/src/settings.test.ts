import { describe, expect, test } from "vitest";
import { readSettings } from "./settings.ts";

describe("settings", () => {
  test("have defaults for everything", () => {
    const read = readSettings({});
    expect(read).toMatchObject({
      settings: {
        port: 8787,
        host: "127.0.0.1",
        seed: "demo",
        backend: { name: "memory" },
        unused: [],
        publicUrl: undefined,
        logLevel: "info",
        recordDecisions: undefined,
      },
    });
    expect("settings" in read && read.settings.databasePath).toMatch(/apps\/node\/data\/feeds\.sqlite$/);
  });

  test("are read from the environment, where an empty variable counts as none", () => {
    const environment = {
      PORT: "80",
      HOST: "::1",
      DATABASE_PATH: ":memory:",
      SEED: "none",
      PUBLIC_URL: "https://feeds.example/",
      LOG_LEVEL: "silent",
      RECORD_DECISIONS: "decisions.jsonl",
      RATE_LIMIT_BACKEND: "",
      TRUSTED_CIDRS: "",
      TRUSTED_PROXIES: "2",
      SOMETHING_ELSE: "entirely",
    };
    expect(readSettings(environment)).toMatchObject({
      settings: {
        port: 80,
        host: "::1",
        databasePath: ":memory:",
        seed: "none",
        publicUrl: "https://feeds.example",
        logLevel: "silent",
        recordDecisions: "decisions.jsonl",
      },
    });
  });

  test.each<[title: string, environment: Record<string, string>, expected: string | undefined]>([
    ["the socket", {}, "192.0.2.9"],
    ["no proxies", { TRUSTED_PROXIES: "0" }, "192.0.2.9"],
    ["one proxy", { TRUSTED_PROXIES: "1" }, "203.0.113.7"],
    ["a network around the socket", { TRUSTED_CIDRS: "192.0.2.0/24" }, "203.0.113.7"],
    ["networks, with blanks", { TRUSTED_CIDRS: "10.0.0.0/8, 192.0.2.0/24" }, "203.0.113.7"],
    ["a network elsewhere", { TRUSTED_CIDRS: "10.0.0.0/8" }, "192.0.2.9"],
  ])("take the client's address from %s", (_, environment, expected) => {
    const read = readSettings(environment);
    if (!("settings" in read)) throw new Error(read.mistakes.join());
    const request = new Request("http://localhost/", { headers: { "X-Forwarded-For": "198.51.100.1, 203.0.113.7" } });
    const env = { incoming: { socket: { remoteAddress: "192.0.2.9" } } };
    const [high = 0, low = 0] = (expected ?? "")
      .split(".")
      .map(Number)
      .reduce<number[]>((groups, octet, index) => {
        groups[index >> 1] = (groups[index >> 1] ?? 0) * 256 + octet;
        return groups;
      }, []);
    expect(read.settings.source({ request, env, context: undefined })).toEqual({
      address: { version: 4, groups: [high, low] },
    });
  });

  test.each<[environment: Record<string, string>, mistake: RegExp]>([
    [{ PORT: "http" }, /^PORT="http" has to be a whole number from 0 to 65535\.$/],
    [{ PORT: "65536" }, /^PORT="65536" has to be a whole number/],
    [{ PORT: "-1" }, /^PORT="-1" has to be a whole number/],
    [{ PORT: "80.5" }, /^PORT="80\.5" has to be a whole number/],
    [{ HOST: "two words" }, /^HOST="two words" has to be an address or a name/],
    [{ SEED: "yes" }, /^SEED="yes" is not known; there are demo, none\.$/],
    [{ RATE_LIMIT_BACKEND: "redis" }, /^RATE_LIMIT_BACKEND="redis" needs REDIS_URL, /],
    [
      { RATE_LIMIT_BACKEND: "noop", RECORD_DECISIONS: "d.jsonl" },
      /^RECORD_DECISIONS="d\.jsonl" takes RATE_LIMIT_BACKEND=memory, not noop; leave one of them out\.$/,
    ],
    [{ TRUSTED_PROXIES: "one" }, /^TRUSTED_PROXIES="one" has to be a whole number from 0 to 32\.$/],
    [{ TRUSTED_CIDRS: "10.0.0.300/8" }, /^TRUSTED_CIDRS="10\.0\.0\.300\/8" is refused: /],
    [{ TRUSTED_CIDRS: "10.0.0.0/8,,192.0.2.0/24" }, /^TRUSTED_CIDRS=".*" is refused: /],
    [{ TRUSTED_CIDRS: "0.0.0.0/0" }, /^TRUSTED_CIDRS="0\.0\.0\.0\/0" is refused: .*anyone/],
    [
      { TRUSTED_PROXIES: "1", TRUSTED_CIDRS: "10.0.0.0/8" },
      /^TRUSTED_PROXIES="1" and TRUSTED_CIDRS exclude each other/,
    ],
    [{ PUBLIC_URL: "feeds.example" }, /^PUBLIC_URL="feeds\.example" has to be the address people use/],
    [{ PUBLIC_URL: "ftp://feeds.example" }, /^PUBLIC_URL="ftp:\/\/feeds\.example" has to be the address people use/],
    [{ PUBLIC_URL: "https://feeds.example/?a" }, /^PUBLIC_URL=".*" has to be the address people use/],
    [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL="loud" is not known; there are trace, /],
    [{ RECORD_DECISIONS: "records/" }, /^RECORD_DECISIONS="records\/" has to be the path of a file to write\.$/],
  ])("name the mistake in %j", (environment, mistake) => {
    expect(readSettings(environment)).toEqual({ mistakes: [expect.stringMatching(mistake)] });
  });

  test("put the file for limits next to the database", () => {
    const environment = { RATE_LIMIT_BACKEND: "sqlite", DATABASE_PATH: "/data/feeds.sqlite" };
    expect(readSettings(environment)).toMatchObject({
      settings: { backend: { name: "sqlite", path: "/data/limits.sqlite" } },
    });
    expect(readSettings({ RATE_LIMIT_BACKEND: "sqlite" })).toMatchObject({
      settings: { backend: { path: expect.stringMatching(/apps\/node\/data\/limits\.sqlite$/) } },
    });
  });

  test("name every mistake at once", () => {
    const read = readSettings({ RATE_LIMIT_BACKEND: "a", PORT: "x", SEED: "y", LOG_LEVEL: "z" });
    expect("mistakes" in read && read.mistakes.map((line) => line.split("=")[0])).toEqual([
      "PORT",
      "SEED",
      "LOG_LEVEL",
      "RATE_LIMIT_BACKEND",
    ]);
  });
});
