/** What the example says when the Redis or Upstash that it is told of is there, but will not have it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RedisServer, startRedis } from "@sluice/test-services/redis";
import { startUpstashFront } from "@sluice/test-services/upstash-front";
import { Redis } from "ioredis";
import type { Cases } from "./cases.ts";
import { onRedis, onUpstash } from "./said.ts";

/** A server that takes plain connections, and on another port those with TLS by a certificate that nobody knows. */
interface Servers {
  readonly server: RedisServer;
  readonly tlsPort: number;
  readonly admin: Redis;
  readonly folder: string;
  /** What is said of TLS to a port without it; it takes as long as a connection may. */
  readonly withoutTls: Promise<string>;
}

let running: Promise<Servers> | undefined;

/** Starts them, unless they have been. */
export function servers(): Promise<Servers> {
  running ??= startServers();
  return running;
}

async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
  execFileSync("openssl", [...request, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const tlsPort = await freePort();
  const files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
  const server = await startRedis("--tls-port", String(tlsPort), ...files, "--tls-auth-clients", "no");
  const withoutTls = onRedis(`rediss://127.0.0.1:${server.port}`, /ETIMEDOUT/);
  return { server, tlsPort, folder, withoutTls, admin: new Redis(server.url) };
}

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  return port;
}

/** Ends what was started. */
export async function endRedis(): Promise<void> {
  const all = await running?.catch(() => undefined);
  running = undefined;
  if (all === undefined) return;
  await all.withoutTls;
  all.admin.disconnect();
  await all.server.stop();
  rmSync(all.folder, { recursive: true, force: true });
}

/** The rows that take a Redis to be seen. */
export const atStartWithRedis: Cases = {
  async "… `WRONGPASS` or `NOAUTH`"() {
    const { server, admin } = await servers();
    const wrong = await onRedis(`redis://app:wrong@127.0.0.1:${server.port}`);
    await admin.config("SET", "requirepass", "secret");
    try {
      return [wrong, await onRedis(server.url)].join("\n");
    } finally {
      await admin.config("SET", "requirepass", "");
    }
  },
  async "… `ECONNRESET`"() {
    const { tlsPort } = await servers();
    return await onRedis(`redis://127.0.0.1:${tlsPort}`, /ECONNRESET/);
  },
  async "… `connect ETIMEDOUT`"() {
    return await (await servers()).withoutTls;
  },
  async "… `self-signed certificate`"() {
    const { tlsPort } = await servers();
    return await onRedis(`rediss://127.0.0.1:${tlsPort}`);
  },
  async "… `ERR DB index is out of range`"() {
    const { server } = await servers();
    return await onRedis(`${server.url}/99`, /DB index/);
  },
  async "`SLUICE_BACKEND_REFUSED: redis …` in the log"() {
    const { server, admin } = await servers();
    await admin.config("SET", "maxmemory", "1");
    try {
      return await onRedis(server.url);
    } finally {
      await admin.config("SET", "maxmemory", "0");
    }
  },
  async "`SLUICE_BACKEND_REFUSED: upstash …` in the log"() {
    const { server } = await servers();
    const front = await startUpstashFront({ redisUrl: server.url, token: "token", readOnlyToken: "read-only" });
    try {
      return [await onUpstash(front.url, "another"), await onUpstash(front.url, "read-only")].join("\n");
    } finally {
      await front.stop();
    }
  },
};
