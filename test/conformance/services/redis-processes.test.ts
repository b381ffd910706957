import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { per, policy } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { questions, unit } from "./redis-worker.ts";

const program = fileURLToPath(new URL("redis-worker.ts", import.meta.url));
const server = hasRedis ? await startRedis() : undefined;
const client = server && new Redis(server.url);
client?.on("error", () => {});
const workers: ChildProcess[] = [];

afterAll(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  client?.disconnect();
  await server?.stop();
});

async function start(): Promise<ChildProcess> {
  const child = fork(program, [server?.url ?? ""], { execArgv: [] });
  workers.push(child);
  await once(child, "message");
  return child;
}

async function ask(child: ChildProcess, times: number): Promise<readonly number[]> {
  child.send(times);
  const [admitted] = await once(child, "message");
  return admitted;
}

describe.skipIf(!hasRedis)("eight processes on one Redis", () => {
  it("admit exactly what fits, charge together or not at all, and go on when the server forgets the script", async () => {
    if (client === undefined) return;
    const started = await Promise.all(Array.from({ length: 8 }, start));
    const asked = started.map((child) => ask(child, 100));
    const flushing = setInterval(() => void client.script("FLUSH"), 20);
    const answers = await Promise.all(asked);
    clearInterval(flushing);
    const admitted = questions.map((_, i) => answers.reduce((sum, each) => sum + (each[i] ?? 0), 0));
    expect(admitted).toEqual([300, 250, 1]);
    const backend = redis(client, { denyCache: false });
    const left = async (name: string, limit: number, key?: string) =>
      (await backend.consume([{ ...unit(name, limit, key), cost: 0 }])).decisions[0]?.remaining;
    // One success and 799 denials of the second limit have charged the first one once.
    expect([await left("wide", 900), await left("wide", 900, "other")]).toEqual([650, 899]);
  });

  it("find a server that was restarted, with its counts gone, and go on", async () => {
    if (client === undefined || server === undefined) return;
    const backend = redis(client, { denyCache: false, deadlineMs: 3_000 });
    const charge = unit("restarted", 1);
    expect((await backend.consume([charge])).allowed).toBe(true);
    expect((await backend.consume([charge])).allowed).toBe(false);
    await server.kill();
    await expect(redis(client, { deadlineMs: 100 }).consume([charge])).rejects.toMatchObject({ name: "BackendError" });
    await server.start();
    expect((await backend.consume([charge])).allowed).toBe(true);
  });

  it("leave nothing behind for longer than it means something", async () => {
    if (client === undefined) return;
    const backend = redis(client, { prefix: "expiry:", denyCache: false });
    const bucket = policy("bucket", per("10s", 10));
    await backend.consume([{ policy: bucket, key: "k", cost: 3 }]);
    const [key] = await client.keys("expiry:*");
    const left = await client.pttl(key ?? "");
    expect(left).toBeLessThanOrEqual(3_000);
    expect(left).toBeGreaterThan(2_000);
  });
});
