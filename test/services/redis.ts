/** Real redis-servers that a test starts for itself on free loopback ports, and stops again. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

/** A running server. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it anew on its port, empty. */
  start(): Promise<void>;
  /** Ends it and removes what it wrote. */
  stop(): Promise<void>;
}

/** Whether there is a server to start. Where CI promises one, a missing one is a failure. */
export const hasRedis: boolean = findRedis();

function findRedis(): boolean {
  const found = spawnSync("redis-server", ["--version"]).status === 0;
  if (found) return true;
  if (process.env["CI"] === "true") throw new Error("redis-server is missing: apt-get install redis-server");
  console.warn("redis-server is missing, so what needs it is skipped. Get it with: apt-get install redis-server");
  return false;
}

/** A server to be asked, and not to be broken. */
export type GivenRedis = Pick<RedisServer, "url" | "stop">;

/** Whether there is a server to ask: one of our own, or the one that `REDIS_URL` names. */
export const isRedisGiven: boolean = process.env["REDIS_URL"] !== undefined || hasRedis;

/** The server that `REDIS_URL` names, or one of our own. Choose keys that nobody else has: it may be used by others. */
export async function givenRedis(): Promise<GivenRedis> {
  const url = process.env["REDIS_URL"];
  return url === undefined ? await startRedis() : { url, stop: async () => {} };
}

/** A server that keeps everything in memory; more arguments are appended to its command line. */
export async function startRedis(...args: readonly string[]): Promise<RedisServer> {
  for (;;) {
    const server = await startOn(await freePort(), args);
    if (server !== undefined) return server;
  }
}

/** Undefined where somebody else took the port in between, and what answers there is not ours. */
async function startOn(port: number, args: readonly string[]): Promise<RedisServer | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-redis-"));
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const running = child;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    const fixed = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--dir",
      directory,
    ];
    child = spawn("redis-server", [...fixed, ...args], { stdio: "ignore" });
    await answering(port);
  };
  const stop = async (): Promise<void> => {
    await kill();
    process.off("exit", atExit);
    rmSync(directory, { recursive: true, force: true });
  };
  // Also where a run is broken off.
  const atExit = (): void => {
    child?.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", atExit);
  await start();
  if ((await processOn(port)) !== child?.pid) {
    await stop();
    return undefined;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child?.pid as number;
    },
    kill,
    start,
    stop,
  };
}

/** A Cluster of three masters that share the slots; give any of its addresses to a client. */
export async function startCluster(): Promise<readonly RedisServer[]> {
  const nodes = await Promise.all(
    [1, 2, 3].map(() => startRedis("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf")),
  );
  const clients = nodes.map(({ port }) => new Redis(port, "127.0.0.1"));
  const [first] = clients as [Redis, ...Redis[]];
  for (const [index, client] of clients.entries()) {
    const from = Math.floor((index * 16_384) / 3);
    const to = Math.floor(((index + 1) * 16_384) / 3) - 1;
    await client.call("CLUSTER", "ADDSLOTSRANGE", from, to);
    if (index > 0) await first.call("CLUSTER", "MEET", "127.0.0.1", nodes[index]?.port ?? 0);
  }
  for (const client of clients)
    await until(async () => String(await client.cluster("INFO")).includes("cluster_state:ok"));
  for (const client of clients)
    await until(
      async () =>
        String(await client.cluster("NODES"))
          .trim()
          .split("\n").length === 3,
    );
  for (const client of clients) client.disconnect();
  return nodes;
}

async function answering(port: number): Promise<void> {
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => {});
  await client.ping();
  client.disconnect();
}

/** The process that answers on a port. */
async function processOn(port: number): Promise<number> {
  const client = new Redis(port, "127.0.0.1");
  const info = await client.info("server");
  client.disconnect();
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error("the Redis Cluster did not come up within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A port that was free a moment ago; a Cluster node also needs the one 10,000 above it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return port < 55_535 ? port : await freePort();
}

/** A client for tests whose package has none; it is silent when the server is gone. */
export function redisClient(url: string): Redis {
  const client = new Redis(url);
  client.on("error", () => {});
  return client;
}
