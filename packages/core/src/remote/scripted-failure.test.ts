import { describe, expect, it } from "vitest";
import { BackendError } from "../engine/backend-error.ts";
import { ConfigError } from "../engine/errors.ts";
import { failureOf } from "./scripted-failure.ts";
import { byShaFirst } from "./scripted-runner.ts";

const key = "sluice:{17:alice@example.com}";
const named = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, command: { args: [key] } });

describe("what a client's error means", () => {
  it.each([
    [
      "WRONGTYPE Operation against a key holding the wrong kind of value script: 1f, on @user_script:3.",
      "REFUSED",
      "type",
    ],
    ["ERR Error running script (call to f_1f): @user_script:3: WRONGTYPE Operation against a key", "REFUSED", "type"],
    ["CROSSSLOT Keys in request don't hash to the same slot", "REFUSED", "cluster: true"],
    ["MOVED 3999 127.0.0.1:6381", "REFUSED", "Cluster client"],
    ["READONLY You can't write against a read only replica.", "REFUSED", "replica"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "REFUSED", "memory"],
    ["NOAUTH Authentication required.", "REFUSED", "password"],
    ["NOPERM this user has no permissions to run the 'evalsha' command", "REFUSED", "user"],
    ["MISCONF Redis is configured to save RDB snapshots", "REFUSED", "MISCONF"],
    ["LOADING Redis is loading the dataset in memory", "UNREACHABLE", "loading"],
    ["CLUSTERDOWN Hash slot not served", "UNREACHABLE", "down"],
    ["BUSY Redis is busy running a script.", "OVERLOADED", "busy"],
    ["Too many Cluster redirections. Last error: ReplyError: MOVED 3999 127.0.0.1:6381", "UNREACHABLE", "broke off"],
    [`connect ECONNREFUSED ${key}`, "UNREACHABLE", "broke off"],
    ["The client is closed", "UNREACHABLE", "connect()"],
    ["Command timed out", "TIMEOUT", "in time"],
  ])("%s", (message, code, words) => {
    const { error, isForeign, period } = failureOf("redis", named("ReplyError", message));
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ code: `SLUICE_BACKEND_${code}`, backend: "redis" });
    expect(error.message).toContain(words);
    expect(`${error.message}${JSON.stringify(error)}${error.cause}`).not.toContain("alice");
    expect([isForeign, period]).toEqual([undefined, undefined]);
  });

  it("may be one of the script's own words", () => {
    for (const message of ["ERR SLUICE_FOREIGN", "SLUICE_FOREIGN"]) {
      expect(failureOf("redis", new Error(message))).toMatchObject({ isForeign: true });
    }
    expect(failureOf("redis", new Error("SLUICE_PERIOD 1795322188123"))).toMatchObject({ period: 1_795_322_188_123 });
    // A key may say anything.
    expect(failureOf("redis", new Error("timeout for SLUICE_FOREIGN")).isForeign).toBeUndefined();
  });

  it("is left alone where it is one of ours", () => {
    const ours = new ConfigError("SLUICE_CLIENT_MISSING", "no client", "x", "Install it.");
    expect(failureOf("redis", ours).error).toBe(ours);
    expect(failureOf("redis", "no error at all").error).toMatchObject({ code: "SLUICE_BACKEND_UNREACHABLE" });
  });
});

describe("a script that is run by its SHA", () => {
  const script = { text: "return 1", sha: "e0e1f9fabfc9d4800c877a703b823ac0578ff8db" };
  const attempts = async (passed: boolean, ...errors: readonly string[]): Promise<readonly string[]> => {
    const sent: string[] = [];
    const left = [...errors];
    await byShaFirst(script, { passed }, async (command, text) => {
      sent.push(`${command} ${text}`);
      const error = left.shift();
      if (error) throw new Error(error);
      return 1;
    }).catch(() => sent.push("failed"));
    return sent;
  };
  const sha = `EVALSHA ${script.sha}`;

  it("is sent with its text only where the server does not know it", async () => {
    expect(await attempts(false)).toEqual([sha]);
    expect(await attempts(false, "NOSCRIPT No matching script. Please use EVAL.")).toEqual([sha, "EVAL return 1"]);
    expect(await attempts(false, "ERR something NOSCRIPT")).toEqual([sha, "failed"]);
    expect(await attempts(false, "Connection is closed.")).toEqual([sha, "failed"]);
    expect(await attempts(false, "NOSCRIPT No matching", "Connection is closed.")).toEqual([
      sha,
      "EVAL return 1",
      "failed",
    ]);
  });

  it("is not sent again once the deadline has passed", async () => {
    expect(await attempts(true, "NOSCRIPT No matching script.")).toEqual([sha, "failed"]);
  });
});
