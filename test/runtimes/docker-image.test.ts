import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { composeProject, projectName, removed } from "@sluice/test-services/docker-compose";
import { docker } from "@sluice/test-services/docker-engine";
import { baseImage } from "@sluice/test-services/docker-images";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sendTo } from "./http-client.ts";
import { missing, preparedImage } from "./targets/docker.ts";
import { anyPorts, publishedAt, serving } from "./targets/docker-containers.ts";

/** The image may be two seconds late; this machine runs other tests meanwhile. */
const startsWithinMs = 3 * 2_000;

let image: string;

beforeAll(async () => {
  if (missing === undefined) image = await preparedImage();
}, 600_000);

/** Starts a container without compose.yaml, as `docker run` does; it is removed with the test. */
async function start(...options: readonly string[]): Promise<string> {
  const named = ["--name", projectName()];
  const id = await docker(["run", "--detach", ...named, "--publish", "127.0.0.1::8787", ...options, image]);
  onTestFinished(async () => void (await docker(["rm", "--force", "--volumes", id])));
  return id;
}

async function inspected(id: string, format: string): Promise<string> {
  return await docker(["inspect", "--format", format, id]);
}

describe.skipIf(missing !== undefined)("the image", { timeout: 120_000 }, () => {
  test("adds at most 40 MB to its base", async () => {
    const sizes = await Promise.all([image, baseImage].map(async (name) => Number(await inspected(name, "{{.Size}}"))));
    const [whole = Number.NaN, base = Number.NaN] = sizes;
    console.log(`The image adds ${((whole - base) / 1e6).toFixed(1)} MB to its base.`);
    expect(whole - base).toBeGreaterThan(0);
    expect(whole - base).toBeLessThanOrEqual(40_000_000);
  });

  test("has the bundle, its migrations and nothing to build with, and a user who may write to /data alone", async () => {
    const script = `
      ls -R /app | grep -v '\\.sql$' | grep . ; id -un
      touch /data/new && echo writable; touch /app/new 2>/dev/null || echo kept
      ls -d /sluice /app/node_modules 2>/dev/null || echo bare`;
    const said = await docker(["run", "--rm", image, "sh", "-c", script]);
    const files = ["/app:", "main.mjs", "migrations", "/app/migrations:"];
    expect(said.split("\n")).toEqual([...files, "node", "writable", "kept", "bare"]);
  });

  test("answers soon after its start, becomes healthy, and ends cleanly when it is stopped", async () => {
    const startedMs = performance.now();
    const id = await start();
    const url = await publishedAt(id);
    await serving({ id, url });
    const tookMs = performance.now() - startedMs;
    console.log(`The image answers ${(tookMs / 1_000).toFixed(1)} s after docker run.`);
    expect(tookMs).toBeLessThan(startsWithinMs);

    const health = () => inspected(id, "{{.State.Health.Status}}");
    await expect.poll(health, { timeout: 45_000, interval: 500 }).toBe("healthy");

    const stoppedMs = performance.now();
    await docker(["stop", "--time", "10", id]);
    expect(performance.now() - stoppedMs).toBeLessThan(9_000);
    expect(await inspected(id, "{{.Config.StopSignal}} {{.State.ExitCode}}")).toBe("SIGTERM 0");
    expect((await docker(["logs", "--tail", "1", id])).split("\n").at(-1)).toContain('"msg":"ended"');
  });

  test("is unhealthy where nothing answers", async () => {
    const [, ...probe] = JSON.parse(await inspected(image, "{{json .Config.Healthcheck.Test}}")) as string[];
    await expect(docker(["run", "--rm", image, ...probe])).rejects.toThrow("ended with 1");
  });

  test("stops at a wrong setting, with one line that names it", async () => {
    const id = await start("--env", "RATE_LIMIT_BACKEND=memori");
    expect(await docker(["wait", id])).toBe("1");
    const { stdout, stderr } = await promisify(execFile)("docker", ["logs", id]);
    expect(stdout).toBe("");
    expect(stderr).toBe('RATE_LIMIT_BACKEND="memori" is not known; there are memory, sqlite, redis, upstash, noop.\n');
  });
});

describe.skipIf(missing !== undefined)("compose.yaml", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-compose-"));
  const override = join(folder, "override.json");
  const name = projectName();
  const project = () => composeProject(name, { ...anyPorts, TRUSTED_PROXIES: "1" }, [override]);
  const apps = ["app", "app-a", "app-b"] as const;

  beforeAll(async () => {
    writeFileSync(override, JSON.stringify({ services: Object.fromEntries(apps.map((app) => [app, { image }])) }));
    await project().run("--profile", "redis", "up", "--detach", "--no-build");
    await Promise.all(apps.map(urlOf));
  }, 120_000);
  afterAll(async () => {
    await removed(project());
    rmSync(folder, { recursive: true });
  }, 60_000);

  async function idOf(service: string): Promise<string> {
    const [id] = await project().containers(service);
    if (id === undefined) throw new Error(`there is no ${service}`);
    return id;
  }

  /** Where a service serves now; a restart may have moved it. */
  async function urlOf(service: string): Promise<string> {
    const id = await idOf(service);
    const url = await publishedAt(id);
    await serving({ id, url });
    return url;
  }

  /** How many of 90 requests of one user, over these in turn and from many addresses, are answered with 200. */
  async function burst(token: string, services: readonly string[]): Promise<{ admitted: number; tookMs: number }> {
    const urls = await Promise.all(services.map(urlOf));
    const startedMs = performance.now();
    const answers = Array.from({ length: 90 }, (_, number) => {
      const headers = { Authorization: `Bearer ${token}`, "X-Forwarded-For": `198.18.7.${number}` };
      return sendTo(urls[number % urls.length] as string, { path: "/api/me", headers });
    });
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    return { admitted: statuses.filter((status) => status === 200).length, tookMs: performance.now() - startedMs };
  }

  test("publishes the apps on loopback alone, and Redis nowhere", async () => {
    const bindings = async (service: string) =>
      JSON.parse(await inspected(await idOf(service), "{{json .NetworkSettings.Ports}}"));
    for (const app of apps) {
      expect(await bindings(app)).toEqual({ "8787/tcp": [{ HostIp: "127.0.0.1", HostPort: expect.any(String) }] });
    }
    expect(await bindings("redis")).toEqual({ "6379/tcp": null });
  });

  test("app limits nobody, and says so", async () => {
    expect((await burst("demo-free", ["app"])).admitted).toBe(90);
    const { body } = await sendTo(await urlOf("app"), { path: "/health" });
    expect(JSON.parse(body)).toMatchObject({ limiting: { enabled: false, because: expect.any(String) } });
  });

  test("app-a and app-b admit a burst as often as one instance does, also over a restart, which keeps the data", async () => {
    const startedMs = performance.now();
    const refilled = () => Math.ceil((performance.now() - startedMs) / 1_000) + 1;
    const first = await burst("demo-free", ["app-a", "app-b"]);
    expect(first.admitted).toBeGreaterThanOrEqual(60);
    expect(first.admitted).toBeLessThanOrEqual(60 + refilled());

    const from = { "X-Forwarded-For": "198.18.8.1" };
    const headers = { ...from, Authorization: "Bearer demo-pro", "Content-Type": "application/json" };
    const body = JSON.stringify({ slug: "kept", title: "Kept" });
    const made = await sendTo(await urlOf("app-a"), { path: "/api/feeds", method: "POST", headers, body });
    expect(made.status).toBe(201);

    await project().run("restart", "app-a");
    const second = await burst("demo-free", ["app-a"]);
    expect(first.admitted + second.admitted, "a restart gives nothing back").toBeLessThanOrEqual(60 + refilled());
    for (const app of ["app-a", "app-b"]) {
      expect((await sendTo(await urlOf(app), { path: "/public/pro/kept", headers: from })).status).toBe(200);
    }
  });

  test("app-a and app-b go on without Redis, and say so", async () => {
    await project().run("stop", "redis");
    for (const app of ["app-a", "app-b"]) {
      const health = async () => JSON.parse((await sendTo(await urlOf(app), { path: "/health" })).body).status;
      await expect.poll(health, { timeout: 10_000, interval: 200 }).toBe("degraded");
      expect((await burst("demo-free", [app])).admitted).toBe(90);
    }
  });
});
