/** What decisions cost over Upstash's REST protocol: HTTP requests of 100 at once, and the commands that are billed. */

import { strictEqual } from "node:assert";
import { type Charge, perHour, policy } from "@sluice/core";
import { upstash as backendOf } from "@sluice/core/upstash";
import { startUpstashFront, type UpstashFront } from "@sluice/test-services/upstash-front";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import type { Measure, Row } from "../measure.ts";
import { deadlineMs, withRedis } from "./with-redis.ts";

const atOnce = 100;

/** How many of these keys are allowed one unit each, all asked for at once. */
type Ask = (keys: readonly string[]) => Promise<number>;

/** What the front saw meanwhile. */
interface Cost {
  readonly requests: number;
  readonly commands: number;
}

export const upstash: Measure = () =>
  withRedis(async ({ url: redisUrl }) => {
    const front = await startUpstashFront({ redisUrl, token: "bench" });
    try {
      const sluice = await costs(front, sluiceOf(front, ["bench"]));
      const three = await costs(front, sluiceOf(front, ["second", "minute", "day"]));
      const peer = await costs(front, peerOf(front));
      const requests = (of: "first of all" | "admitted" | "denied"): Row => ({
        measure: `Upstash, HTTP requests for ${atOnce} decisions at once, ${of}`,
        against: `@upstash/ratelimit ${peer[of].requests}`,
        measured: String(sluice[of].requests),
        reach: "no more",
        met: sluice[of].requests <= peer[of].requests,
      });
      const billed = (what: string, { commands }: Cost, most: number, against: string): Row => ({
        measure: `Upstash, commands billed for ${what}`,
        against,
        measured: String(commands),
        reach: `≤ ${most}`,
        met: commands <= most,
      });
      const [admitted, denied] = [peer["one admitted alone"].commands, peer["one denied alone"].commands];
      return {
        rows: [
          requests("first of all"),
          requests("admitted"),
          requests("denied"),
          billed("an admitted charge", sluice["one admitted alone"], 4, `@upstash/ratelimit ${admitted}`),
          billed("a denied charge", sluice["one denied alone"], 3, `@upstash/ratelimit ${denied}`),
          billed(
            "three limits together",
            three["one admitted alone"],
            6,
            `three of @upstash/ratelimit ${3 * admitted}`,
          ),
        ],
        raw: Object.entries({ Sluice: sluice, "Sluice, three limits": three, "@upstash/ratelimit": peer }).map(
          ([name, cost]) => `Upstash, ${name}: ${described(cost)}`,
        ),
      };
    } finally {
      await front.stop();
    }
  });

/** Costs of a hundred decisions at once, the first of all with a script that the server has not seen; and of one alone. */
async function costs(front: UpstashFront, ask: Ask) {
  const cost = async (name: string, count: number, allowed: number): Promise<Cost> => {
    const [requests, commands] = [front.requests().length, await front.commands()];
    const keys = Array.from({ length: count }, (_, i) => `${name}:${i}`);
    strictEqual(await ask(keys), allowed, `${name} keys admitted`);
    return { requests: front.requests().length - requests, commands: (await front.commands()) - commands };
  };
  return {
    "first of all": await cost("cold", atOnce, atOnce),
    admitted: await cost("warm", atOnce, atOnce),
    denied: await cost("warm", atOnce, 0),
    "one admitted alone": await cost("alone", 1, 1),
    "one denied alone": await cost("alone", 1, 0),
  };
}

/** One unit an hour, so that a key's second charge is denied. */
function sluiceOf(front: UpstashFront, limits: readonly string[]): Ask {
  const policies = limits.map((name) => policy(name, perHour(1)));
  const backend = backendOf({ url: front.url, token: front.token, denyCache: false, deadlineMs });
  const charges = (key: string): Charge[] => policies.map((policy) => ({ policy, key, shard: key, cost: 1 }));
  return async (keys) => {
    const outcomes = await Promise.all(keys.map((key) => backend.consume(charges(key))));
    return outcomes.filter(({ allowed }) => allowed).length;
  };
}

/** Its token bucket on its own client, without what it remembers of denials. */
function peerOf({ url, token }: UpstashFront): Ask {
  const redis = new Redis({ url, token, enableTelemetry: false });
  const limiter = Ratelimit.tokenBucket(1, "1 h", 1);
  const ratelimit = new Ratelimit({ redis, limiter, ephemeralCache: false });
  return async (keys) => {
    const answers = await Promise.all(keys.map((key) => ratelimit.limit(key)));
    return answers.filter(({ success }) => success).length;
  };
}

function described(costs: Readonly<Record<string, Cost>>): string {
  return Object.entries(costs)
    .map(([what, { requests, commands }]) => `${what} ${requests} requests, ${commands} commands`)
    .join("; ");
}
