import type { Redis } from "@upstash/redis";
import type { Redis as WorkersRedis } from "@upstash/redis/cloudflare";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type ConfigError, isConfigError } from "../engine/errors.ts";
import { type UpstashOptions, type UpstashRedis, upstash } from "./upstash.ts";
import { upstashFailure } from "./upstash-failure.ts";
import { upstashRunner } from "./upstash-runner.ts";

const url = "https://eu1-real-name-12345.upstash.io";
const token = "AXsecretAXsecret==";
const secrets = /AXsecret|_token|hunter2|user:42/;
const client: UpstashRedis = { evalsha: async () => 0, eval: async () => 0 };

function mistake(options: unknown): ConfigError {
  try {
    upstash(options as UpstashOptions);
  } catch (error) {
    if (isConfigError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("what upstash() is told", () => {
  it.each<[UpstashOptions]>([
    [{ url, token }],
    [{ url: `${url}/`, token }],
    [{ url: "https://proxy.example/redis", token, deadlineMs: 250, prefix: "app", denyCache: { maxMs: 100 } }],
    [{ url: "http://127.0.0.1:8079", token }],
    [{ url: "http://localhost:8079", token }],
    [{ url: "http://[::1]:8079", token }],
    [{ url: "http://serverless-redis-http", token }],
    [{ url: "http://host.docker.internal:8079", token }],
    [{ redis: client }],
    [{ redis: client, denyCache: false }],
  ])("may be %j", (options) => {
    const { name, features } = upstash(options);
    expect(name).toBe("upstash");
    expect(features).toMatchObject({ scope: "global", exact: true, durable: true, acrossShards: true });
  });

  it.each([
    [undefined, "SLUICE_OPTION_MISSING", "object of options"],
    [{}, "SLUICE_OPTION_MISSING", "UPSTASH_REDIS_REST_URL"],
    [{ url: "", token }, "SLUICE_OPTION_MISSING", "UPSTASH_REDIS_REST_URL"],
    [{ url }, "SLUICE_OPTION_MISSING", "UPSTASH_REDIS_REST_TOKEN"],
    [{ url, token: "" }, "SLUICE_OPTION_MISSING", "UPSTASH_REDIS_REST_TOKEN"],
    [{ url, token: "AXsecret\n" }, "SLUICE_OPTION_TYPE", "spaces or special characters"],
    [{ url, token: 5 }, "SLUICE_OPTION_TYPE", "UPSTASH_REDIS_REST_TOKEN"],
    [{ url: "eu1-name.upstash.io", token }, "SLUICE_OPTION_TYPE", "is no address"],
    [{ url: 5, token }, "SLUICE_OPTION_TYPE", "is no address"],
    [{ url: "http://eu1-name.upstash.io", token }, "SLUICE_OPTION_TYPE", "https://"],
    [{ url: "http://10.0.0.7:8079", token }, "SLUICE_OPTION_TYPE", "https://"],
    [{ url: "ftp://localhost", token }, "SLUICE_OPTION_TYPE", "https://"],
    [
      { url: "rediss://default:hunter2@eu1.upstash.io:6379", token },
      "SLUICE_OPTION_TYPE",
      "rediss://eu1.upstash.io:6379",
    ],
    [{ url: "https://default:hunter2@eu1.upstash.io", token }, "SLUICE_OPTION_TYPE", "https://eu1.upstash.io"],
    [{ url: "https://eu1.upstash.io?_token=secret", token }, "SLUICE_OPTION_TYPE", "https://eu1.upstash.io"],
    [{ redis: { evalsha() {}, eval() {} }, url, token }, "SLUICE_OPTION_TYPE", "either redis, or url and token"],
    [{ redis: { evalsha() {} } }, "SLUICE_OPTION_TYPE", "has to be a client of Upstash"],
    [{ redis: null }, "SLUICE_OPTION_TYPE", "has to be a client of Upstash"],
    [
      { redis: { evalsha() {}, eval() {}, sendCommand() {}, password: "hunter2" } },
      "SLUICE_OPTION_TYPE",
      "@sluice/core/redis",
    ],
    [{ url, token, deadlineMs: 0 }, "SLUICE_OPTION_TYPE", "deadlineMs"],
    [{ url, token, deadlineMs: Number.NaN }, "SLUICE_OPTION_TYPE", "deadlineMs"],
    [{ url, token, prefix: "{app}" }, "SLUICE_OPTION_TYPE", "without braces"],
    [{ url, token, retries: 3 }, "SLUICE_OPTION_UNKNOWN", "retries"],
    [{ url, token, denyCache: { maxMs: -1 } }, "SLUICE_OPTION_TYPE", "maxMs"],
  ])("is refused by name: %j", (options, code, words) => {
    const error = mistake(options);
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    // A logger writes out everything that an error holds.
    expect(`${error.message} ${JSON.stringify(error)} ${JSON.stringify(error.value)}`).not.toMatch(secrets);
  });

  it("may be a client of either entry of the package", () => {
    expectTypeOf<Redis>().toExtend<UpstashRedis>();
    expectTypeOf<WorkersRedis>().toExtend<UpstashRedis>();
  });
});

describe("what goes wrong on the way", () => {
  const command = ', command was: ["evalsha","abc","1","sluice:user:42:secret"]';
  const upstashError = (message: string) => Object.assign(new Error(message), { name: "UpstashError" });
  const misread = () => {
    try {
      return ({ error: "x" } as unknown as unknown[]).map(String);
    } catch (error) {
      return error;
    }
  };

  it.each([
    ["a timeout", new DOMException("The operation was aborted due to timeout", "TimeoutError"), "TIMEOUT"],
    ["an abort", new DOMException("This operation was aborted", "AbortError"), "TIMEOUT"],
    [
      "a page",
      Object.assign(new Error("Unable to parse response body: <html>user:42"), { name: "UpstashJSONParseError" }),
      "ANSWER",
    ],
    ["half an answer", new SyntaxError("Unexpected end of JSON input"), "ANSWER"],
    ["JSON of another shape", misread(), "ANSWER"],
    ["an error without words", upstashError(`undefined${command}`), "ANSWER"],
    ["an error that is none of the database's", upstashError(`internal error${command}`), "ANSWER"],
    ["no network", new TypeError("fetch failed"), "UNREACHABLE"],
    ["no network on Workers", new Error("Network connection lost."), "UNREACHABLE"],
    ["no error at all", "user:42", "UNREACHABLE"],
    ["a wrong token", upstashError(`WRONGPASS invalid or missing auth token${command}`), "REFUSED"],
    ["a wrong token, formerly", upstashError(`Unauthorized${command}`), "REFUSED"],
    [
      "the read-only token",
      upstashError("Command failed: NOPERM this user has no permissions to run the 'evalsha' command"),
      "REFUSED",
    ],
    [
      "an empty plan",
      upstashError(`ERR max requests limit exceeded. Limit: 500000, Usage: 500000.${command}`),
      "OVERLOADED",
    ],
    ["an empty day", upstashError(`ERR max daily request limit exceeded. Limit: 10000${command}`), "OVERLOADED"],
  ])("says what %s is, and of whom never", (_what, error, code) => {
    const failure = upstashFailure(error, "upstash", 1_000);
    expect(failure).toMatchObject({ name: "BackendError", code: `SLUICE_BACKEND_${code}`, backend: "upstash" });
    expect(failure.cause).toBeUndefined();
    expect(`${failure.message} ${JSON.stringify(failure)}`).not.toMatch(secrets);
  });

  it.each([
    `NOSCRIPT No matching script.${command}`,
    "Command failed: NOSCRIPT No matching script.",
    "Command 2 [ evalsha ] failed: NOSCRIPT No matching script.",
  ])("leaves the words of the database alone, and nothing else: %s", (message) => {
    expect(upstashFailure(upstashError(message), "upstash", 1_000).message).toBe("NOSCRIPT No matching script.");
  });
});

describe("running a script", () => {
  const script = { text: "return 1", sha: "e0e1f9fabfc9d4800c877a703b823ac0578ff8db" };
  const sent: unknown[] = [];
  const recording: UpstashRedis = {
    evalsha: async (...command) => sent.push(command),
    eval: async (...command) => sent.push(command),
  };

  it("sends nothing where the client itself came too late", async () => {
    const deadline = { passed: false };
    const runner = upstashRunner("upstash", 100, async () => {
      deadline.passed = true;
      return recording;
    });
    await runner.run(script, ["k"], ["1"], deadline);
    expect(sent).toEqual([]);
    await upstashRunner("upstash", 100, () => recording).run(script, ["k"], ["1"], { passed: false });
    expect(sent).toEqual([[script.sha, ["k"], ["1"]]]);
  });
});
