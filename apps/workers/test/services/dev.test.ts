import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../../scripts/dev.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-dev-"));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGTERM");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command with these arguments, in a process group of its own, and what it says. */
function dev(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    cwd: dirname(dirname(script)),
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  started.push(child);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "exit").then(async ([code]) => ({ code, stdout: await stdout, stderr: await stderr }));
  const listening = new Promise<Record<string, unknown>>((resolve, reject) => {
    let seen = "";
    child.stdout.on("data", (chunk) => {
      seen += chunk;
      const line = seen.split("\n").find((each) => each.includes('"msg":"listening"') && each.endsWith("}"));
      if (line !== undefined) resolve(JSON.parse(line));
    });
    ended.then(({ stderr }) => reject(new Error(`never listened: ${seen}${stderr}`)));
  });
  listening.catch(() => {});
  return { child, ended, listening };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

describe("npm run dev:workers", () => {
  test("serves a database that it has filled, keeps it, and leaves nothing behind", async () => {
    const port = await freePort();
    const args = ["--port", `${port}`, "--persist-to", join(folder, "state")];
    const url = `http://127.0.0.1:${port}`;
    const asUser = { authorization: "Bearer demo-free" };

    const first = dev(args);
    expect(await first.listening).toMatchObject({ level: 30, url, backend: "layered(cloudflare, durable-object)" });
    const me = await fetch(`${url}/api/me`, { headers: asUser });
    expect([me.status, me.headers.get("ratelimit-policy")]).toEqual([200, '"ip";q=100;w=10, "api";q=60;w=60']);
    // Where Cloudflare does not stand in front, its header is the client's own to write.
    const reader = { "cf-connecting-ip": "198.18.0.9" };
    expect((await fetch(`${url}/public/free/news`, { headers: reader })).status).toBe(200);
    const made = await fetch(`${url}/api/feeds`, {
      method: "POST",
      headers: { ...asUser, "content-type": "application/json" },
      body: JSON.stringify({ slug: "kept", title: "Kept" }),
    });
    expect(made.status).toBe(201);
    first.child.kill("SIGTERM");
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/"msg":"the database was empty: demo data added"/);
    expect(stdout).toMatch(/"tokens":\["demo-admin",.*"msg":"demo tokens open accounts here"/);
    expect(stdout).toMatch(/"path":"\/public\/free\/news",.*"address":"198\.18\.0\.9"/);
    await expect(fetch(url)).rejects.toThrow();
    expect(groupOf(first.child)).toEqual([]);

    const second = dev(args, { RATE_LIMIT_BACKEND: "memory", UPSTASH_REDIS_REST_TOKEN: "s3cr3t" });
    expect(await second.listening).toMatchObject({ url, backend: "memory" });
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ limiting: { backend: "memory" } });
    expect(groupOf(second.child).join("\n"), "command lines may be read by everybody").not.toContain("s3cr3t");
    expect((await fetch(`${url}/public/free/kept`)).status).toBe(200);
    second.child.kill("SIGINT");
    const again = await second.ended;
    expect(again.stdout).not.toMatch(/database was empty|s3cr3t/);
    expect(again.code).toBe(0);
    expect(groupOf(second.child)).toEqual([]);
  }, 180_000);

  test("says what is wrong with the settings, a line for each mistake, and starts nothing", async () => {
    const state = join(folder, "never");
    const { ended } = dev(["--persist-to", state, "--var", "RATE_LIMIT_BACKEND:upstash", "PUBLIC_URL:feeds"]);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_URL, /),
      expect.stringMatching(/^RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_TOKEN, /),
      expect.stringMatching(/^PUBLIC_URL="feeds" has to be the address people use/),
    ]);
  }, 60_000);

  test("names bindings that are missing", async () => {
    const own = fileURLToPath(new URL("../../wrangler.jsonc", import.meta.url));
    const less = readFileSync(own, "utf8").replace(/^ {4}\{ "name": "API_PRO".*$/m, "");
    const config = join(folder, "wrangler.jsonc");
    expect(less).not.toContain("API_PRO");
    writeFileSync(config, less.replaceAll('"./', `"${dirname(own)}/`).replaceAll('"src/', `"${dirname(own)}/src/`));
    const { ended } = dev(["--config", config, "--persist-to", join(folder, "less")], {
      RATE_LIMIT_BACKEND: "cloudflare",
    });
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/SLUICE_BINDING_MISSING: "API_PRO" .*"limit": 180/),
    ]);
  }, 60_000);
});

/** Command lines of processes that still belong to the group of this one; where there is no /proc, none is told. */
function groupOf({ pid }: ChildProcess): string[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return state === "Z" || Number(group) !== pid ? [] : [command];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
