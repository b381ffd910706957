import { redis } from "@sluice/core/redis";
import { fakeClock, onClock } from "@sluice/core/testing";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { Redis } from "ioredis";
import { afterAll, describe } from "vitest";
import { prove } from "../prove.ts";

/** Counts the commands it sends. */
class Counting extends Redis {
  sent = 0;

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    this.sent++;
    return super.sendCommand(command, stream);
  }
}

const clock = fakeClock();
const server = hasRedis ? await startRedis() : undefined;
const client = server && new Counting(server.url);
let made = 0;

afterAll(async () => {
  client?.disconnect();
  await server?.stop();
});

describe.skipIf(!hasRedis)("redis through ioredis", async () => {
  if (client === undefined) return;
  await prove(
    {
      name: "redis, ioredis",
      make: () =>
        redis(client, onClock(clock, { prefix: `case${++made}:`, denyCache: false as const, deadlineMs: 5_000 })),
      clock,
      trips: () => client.sent,
    },
    { notClaimed: [] },
  );
});
