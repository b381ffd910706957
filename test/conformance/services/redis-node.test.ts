import { redis } from "@sluice/core/redis";
import { fakeClock, onClock } from "@sluice/core/testing";
import { givenRedis, isRedisGiven } from "@sluice/test-services/redis";
import { createClient } from "redis";
import { afterAll, describe } from "vitest";
import { prove } from "../prove.ts";

const clock = fakeClock();
const server = isRedisGiven ? await givenRedis() : undefined;
const client = server && (await createClient({ url: server.url }).connect());
/** Nobody else on the server has keys like these. */
const run = crypto.randomUUID();
let made = 0;

afterAll(async () => {
  client?.destroy();
  await server?.stop();
});

describe.skipIf(!isRedisGiven)("redis through node-redis", async () => {
  if (client === undefined) return;
  await prove(
    {
      name: "redis, node-redis",
      make: () =>
        redis(client, onClock(clock, { prefix: `${run}:${++made}:`, denyCache: false as const, deadlineMs: 5_000 })),
      clock,
    },
    { notClaimed: ["its round trips are not counted"] },
  );
});
