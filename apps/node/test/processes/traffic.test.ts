import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { forwarded, socket } from "@sluice/core";
import { afterAll, describe, expect, test } from "vitest";
import { checkAddresses } from "../../scripts/traffic/addresses.ts";
import { client } from "../../scripts/traffic/client.ts";
import { sample } from "../../scripts/traffic/sample.ts";
import { startFeeds } from "../feeds.ts";

const folder = mkdtempSync(join(tmpdir(), "replayed-"));
const children: ChildProcess[] = [];
const servers: { close(): unknown }[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

/** The first requests of the sample, as an access log. */
function log(requests: number): string {
  const path = join(folder, `${requests}.log`);
  const lines = sample()
    .slice(0, requests)
    .map(({ address, hourMs, method, path: asked, status, agent }) => {
      const [, day, month, year, hour] = /, (\d+) (\w+) (\d+) (\d+):/.exec(new Date(hourMs).toUTCString()) ?? [];
      const at = `${day}/${month}/${year}:${hour}:05:00 +0000`;
      return `${address} - - [${at}] "${method} ${asked} HTTP/1.1" ${status} 1 "-" "${agent}"`;
    });
  writeFileSync(path, `${lines.join("\n")}\nnonsense\n`);
  return path;
}

/** Runs the replay as a process of its own, with a folder of its own for temporary files. */
function replay(...args: string[]) {
  const temporary = mkdtempSync(join(folder, "temporary-"));
  const { INIT_CWD: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/traffic.ts", ...args], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...env, TMPDIR: temporary },
  });
  children.push(child);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "exit").then(async ([code]) => ({
    code,
    stdout: await stdout,
    stderr: await stderr,
    // What tsx keeps for the next start is not ours.
    left: readdirSync(temporary).filter((name) => !name.startsWith("tsx-")),
  }));
  const url = new Promise<string>((resolve) => {
    let seen = "";
    child.stdout.on("data", (chunk) => {
      seen += chunk;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(seen) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, ended, url };
}

/** Serves until the tests end. */
function listening(fetch: Parameters<typeof serve>[0]["fetch"]): Promise<string> {
  return new Promise((resolve) => {
    servers.push(serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(`http://127.0.0.1:${port}`)));
  });
}

describe("a replay", { timeout: 30_000 }, () => {
  test("of 300 requests agrees with the model in every decision, and leaves nothing running", async () => {
    const { ended, url } = replay(log(300), "--speed", "36000");
    const { code, stdout, stderr, left } = await ended;
    expect({ code, stderr, left }).toEqual({ code: 0, stderr: "", left: [] });
    expect(stdout).toContain("Left out as malformed: line 301 (not in the Combined Log Format)\n");
    expect(stdout).toMatch(/^300 requests of 2 hours \(.*\) to http:\S+, 36000 times as fast: 0\.2 s$/m);
    for (const title of ["by limiter", "by address", "by reader", "status", "latency in ms"]) {
      expect(stdout).toMatch(new RegExp(`^${title} `, "m"));
    }
    expect(stdout).toMatch(/^Model: \d{3} decisions and \d+ settlements replayed, 0 disagreements; \d+ keys, /m);
    await expect(fetch(await url)).rejects.toThrow();
  });

  test("that is interrupted ends its app too", async () => {
    const { child, ended, url } = replay();
    await fetch(`${await url}/health`);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stderr: "Stopped by SIGINT.\n", left: [] });
    await expect(fetch(await url)).rejects.toThrow();
  });

  test.each<[args: string[], message: RegExp]>([
    [["missing.log"], /^missing\.log cannot be read \(ENOENT\)\. Give the path of a file\.\n$/],
    [["package.json"], /^package\.json holds no request in the Combined Log Format\.\n$/],
  ])("%j is refused in one line", async (args, message) => {
    const { code, stderr } = await replay(...args).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  test("against a running app says how to get a verdict", async () => {
    const { app } = await startFeeds({ source: forwarded({ trustedProxies: 1 }) });
    const { code, stdout, stderr } = await replay(log(30), "--speed", "1e6", "--url", await listening(app.fetch)).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\nNo verdict, for nothing was recorded: RECORD_DECISIONS=file npm start, then .*\n$/);
  });
});

describe("an app that runs already", () => {
  async function checked(url: string): Promise<void> {
    const asking = client(url, 64);
    await checkAddresses(asking, url).finally(() => asking.close());
  }

  test("is taken when it counts the addresses it is told", async () => {
    const { app } = await startFeeds({ source: forwarded({ trustedProxies: 1 }) });
    await expect(checked(await listening(app.fetch))).resolves.toBeUndefined();
  });

  test("is refused when it ignores them", async () => {
    const { app } = await startFeeds({ source: socket() });
    await expect(checked(await listening(app.fetch))).rejects.toThrow(
      /ignores X-Forwarded-For, so that all requests would count as one address\. Start it with TRUSTED_PROXIES=1\.$/,
    );
  });

  test("is refused when it finds no address among so few", async () => {
    const { app } = await startFeeds({ source: forwarded({ trustedProxies: 2 }) });
    await expect(checked(await listening(app.fetch))).rejects.toThrow(
      /answers 403 without an "ip" item in RateLimit\./,
    );
  });

  test("is refused when it is another, or none", async () => {
    const other = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    servers.push(other);
    await once(other, "listening");
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await expect(checked(url)).rejects.toThrow(/answers 200 without an "ip" item in RateLimit\. Start this app there/);
    await new Promise((resolve) => other.close(resolve));
    await expect(checked(url)).rejects.toThrow(
      /does not answer \(.*ECONNREFUSED.*\)\. Start it there: TRUSTED_PROXIES=1/,
    );
  });
});
