import { perHour } from "@sluice/core";
import { type Backend, type Charge, policy } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { fakeClock, onClock, type Subject } from "@sluice/core/testing";
import { hasRedis, startCluster } from "@sluice/test-services/redis";
import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { afterAll, describe, expect, it } from "vitest";
import { slotOf } from "../../../packages/core/src/remote/slot.ts";
import { prove } from "../prove.ts";

const clock = fakeClock();
const nodes = hasRedis ? await startCluster() : [];
const clients = hasRedis ? await connected() : undefined;
let made = 0;

const addresses = nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);

async function connected() {
  const ioredis = new Cluster(nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
  const nodeRedis = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) });
  // A node dies below.
  ioredis.on("error", () => {});
  nodeRedis.on("error", () => {});
  await nodeRedis.connect();
  return { ioredis, nodeRedis };
}

afterAll(async () => {
  clients?.ioredis.disconnect();
  await clients?.nodeRedis.close();
  for (const node of nodes) await node.stop();
});

const subject = (name: string, client: Parameters<typeof redis>[0]): Subject => ({
  name,
  make: () => redis(client, onClock(clock, { prefix: `case${++made}:`, denyCache: false as const, deadlineMs: 5_000 })),
  clock,
});

describe.skipIf(!hasRedis)("redis on a Cluster of three", async () => {
  if (clients === undefined) return;
  const notClaimed = ["does not claim acrossShards", "its round trips are not counted"];
  await prove(subject("redis Cluster, ioredis", clients.ioredis), { notClaimed, length: 40 });
  await prove(subject("redis Cluster, node-redis", clients.nodeRedis), { notClaimed, length: 40 });

  it("fails for the keys of a node that died, in time and for no others, and finds it when it is back", async () => {
    const deadlineMs = 250;
    const charge = (key: string): Charge => ({ policy: policy("api", perHour(1_000)), key, cost: 1 });
    const careful = new Cluster(addresses, { retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 });
    const backends = [careful, clients.nodeRedis].map((client, i) =>
      redis(client, { prefix: `dies${i}:`, denyCache: false, deadlineMs }),
    );
    const ask = async (backend: Backend, key: string): Promise<"allowed" | Error> => {
      const began = performance.now();
      const answer = await Promise.resolve(backend.consume([charge(key)])).then(
        () => "allowed" as const,
        (error: Error) => error,
      );
      expect(performance.now() - began).toBeLessThan(3 * deadlineMs);
      return answer;
    };
    const [dying, living] = [10_923, 0].map(
      (slot) =>
        keys.find(
          (key) => slotOf(`{${key.length}:${key}}`) >= slot && slotOf(`{${key.length}:${key}}`) < slot + 5_000,
        ) ?? "",
    ) as [string, string];
    try {
      for (const backend of backends)
        for (const key of [dying, living]) expect(await ask(backend, key)).toBe("allowed");
      await nodes[2]?.kill();
      for (let i = 0; i < 3; i++) {
        for (const backend of backends) {
          expect(await ask(backend, dying)).toMatchObject({ code: expect.stringMatching(/TIMEOUT|UNREACHABLE/) });
          expect(await ask(backend, living)).toBe("allowed");
        }
      }
      await nodes[2]?.start();
      for (const backend of backends) {
        await expect.poll(() => ask(backend, dying), { timeout: 15_000, interval: 100 }).toBe("allowed");
        // Nothing of what failed was sent when the node was back.
        const outcome = await backend.consume([{ ...charge(dying), cost: 0 }]);
        expect(Math.ceil(outcome.decisions[0]?.remaining ?? 0)).toBeGreaterThanOrEqual(999);
      }
    } finally {
      careful.disconnect();
    }
  });

  it("spreads keys over all nodes", async () => {
    const sizes = await Promise.all(clients.ioredis.nodes("master").map((node) => node.dbsize()));
    expect(sizes.every((size) => size > 0)).toBe(true);
  });
});
