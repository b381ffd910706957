import { perSecond } from "@sluice/core/engine";
import { redis } from "@sluice/core/redis";
import { limiter, systemTime, type Tuning, tuning } from "@sluice/outbound";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";

const server = hasRedis ? await startRedis() : undefined;
const clients = [1, 2, 3].map(() => new Redis(server?.url ?? "", { lazyConnect: true }));
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server?.stop();
});

/** An API that allows 20 in any second. */
function api() {
  let accepted: number[] = [];
  let refused = 0;
  return {
    refused: () => refused,
    ask(): boolean {
      const now = performance.now();
      accepted = accepted.filter((at) => at > now - 1_000);
      if (accepted.length < 20) return accepted.push(now) > 0;
      refused++;
      return false;
    },
  };
}

/** What one process has, by its own connection. */
function processOn(client: Redis, { ask }: ReturnType<typeof api>) {
  const backend = redis(client, { deadlineMs: 5_000 });
  const limit = limiter({ name: "tuned", rate: perSecond(30), backend, rampMs: 300, toleranceMs: 100 });
  const tuned: Tuning = tuning({ limiter: limit, isOn: true, time: systemTime });
  const call = async (): Promise<void> => {
    for (;;) {
      await limit.acquire(1, { maxWaitMs: 60_000 });
      const number = tuned.sent();
      if (ask()) return void (await tuned.accepted(number));
      await tuned.throttled(number, 500, "429 from the API");
    }
  };
  return { limit, tuned, call };
}

describe.skipIf(!hasRedis)("a limit that is found out, on one Redis", () => {
  it("is held and lowered in every process, and remembered by one that starts later", async () => {
    const upstream = api();
    const [here, there] = clients.map((client) => processOn(client, upstream)) as [
      ReturnType<typeof processOn>,
      ReturnType<typeof processOn>,
    ];
    const calls = Array.from({ length: 30 }, () => here.call());
    while (upstream.refused() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await there.limit.tryAcquire()).toMatchObject({
      because: "paused",
      violations: [{ paused: { reason: "429 from the API", by: "client tuned" } }],
    });
    await Promise.all(calls);
    const { limit } = await there.tuned.state();
    expect(limit).toBeGreaterThanOrEqual(15);
    expect(limit).toBeLessThanOrEqual(21);
    const before = upstream.refused();
    const third = processOn(clients[2] as Redis, upstream);
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? there : third).call()));
    // One that had not heard would have sent 30 at once.
    expect(upstream.refused() - before).toBeLessThanOrEqual(3);
    expect((await third.limit.peek())[0]?.limit).toBeLessThanOrEqual(21);
  });
});
