/** The app on Workers, in workerd through wrangler's test harness, with each backend that a Worker can have. */

import "@sluice/workers/outside-workerd";
import type { Features } from "@sluice/core/engine";
import { hasRedis } from "@sluice/test-services/redis";
import { createTestHarness } from "wrangler";
import { withoutJobs } from "../bounce-report.ts";
import { sendTo } from "../http-client.ts";
import type { Ask, BootOptions, Instance, Running, Target } from "../target.ts";
import { recovered } from "./process.ts";
import { startCounting, type WorkersBackendName } from "./workers-backends.ts";
import { accessesIn, fillDatabase } from "./workers-database.ts";
import { type FailingObjects, front, instanceHeader, workers } from "./workers-entry.ts";

// What a Worker promises is what the function promises that it starts with. It is loaded late, so that plain Node has
// learnt by then what `cloudflare:workers` is.
const { chosenBackend } = await import("@sluice/workers/backend");
const { ceilings, tiers } = await import("@sluice/workers/bindings");

// Otherwise the harness asks Cloudflare what a request looks like here, and complains where there is no network.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] ??= "false";

const names: readonly WorkersBackendName[] = ["memory", "upstash", "durable-object", "cloudflare"];

export const workersTargets: readonly Target[] = names.map((backend) => ({
  name: "workers",
  backend,
  features: featuresOf(backend),
  missing: backend === "upstash" && !hasRedis ? "redis-server is missing: apt-get install redis-server" : undefined,
  boot: (options) => boot(backend, options),
}));

async function boot(backend: WorkersBackendName, { instances: count = 1, fault }: BootOptions = {}): Promise<Running> {
  const stopping: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    // What was started last stands upon what was started before it.
    for (const part of stopping.splice(0).reverse()) await part();
  };
  try {
    const counting = await startCounting(backend);
    stopping.push(counting.stop);
    const main = fault && (await (await import("../bundle.ts")).faultyBundle("workers", fault));
    const apps = workers(count, { ...counting.vars, ...withoutJobs }, main);
    // One Worker is asked as it is; of several the front knows which is meant.
    const harness = createTestHarness({ workers: count === 1 ? apps : [front(apps), ...apps] });
    stopping.push(() => harness.close());
    const { url } = await harness.listen();
    const first = harness.getWorker<{ readonly DB: unknown }>(apps[0]?.config.name);
    const { DB } = await first.getEnv();
    await fillDatabase(DB);
    const instances = apps.map(({ config }) => {
      return instanceAt(url.href, count === 1 ? {} : { [instanceHeader]: config.name });
    });
    return {
      instances,
      // Always behind Cloudflare, and never behind another.
      proxied: false,
      addressOf,
      accesses: () => accessesIn(DB),
      log: () => harness.getLogs().flatMap(({ message }) => message.split("\n")),
      outage: backend === "durable-object" ? await limiterOutage(first, instances) : counting.outage,
      stop,
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/**
 * The objects of the first Worker fail, which are everybody's. The ratelimit bindings cannot be made to: they are the
 * simulator's own, and no code of ours is behind them.
 */
async function limiterOutage(
  first: { getExport(): Promise<unknown> },
  instances: readonly Instance[],
): Promise<Running["outage"]> {
  const objects = (await first.getExport()) as FailingObjects;
  return {
    begin: async () => await objects.setFailing(true),
    async end() {
      await objects.setFailing(false);
      await Promise.all(instances.map(recovered));
    },
  };
}

/** Through the address of the harness. */
function instanceAt(url: string, which: Readonly<Record<string, string>>): Instance {
  return {
    url,
    send({ client, headers, ...ask }: Ask) {
      // As Cloudflare does: what a client says of its address is replaced, everything else is passed on.
      const others = Object.entries(headers ?? {}).filter(([header]) => header.toLowerCase() !== "cf-connecting-ip");
      const own = { ...which, "CF-Connecting-IP": addressOf(client) };
      return sendTo(url, { ...ask, headers: { ...Object.fromEntries(others), ...own } });
    },
  };
}

/** Of the network that is set aside for benchmarks. */
function addressOf(client: number): string {
  if (!(Number.isInteger(client) && client >= 1 && client <= 65_534)) throw new Error(`there is no client ${client}`);
  return `198.18.${client >> 8}.${client & 255}`;
}

/** With bindings that are asked for nothing: to make a backend does nothing. */
function featuresOf(backend: WorkersBackendName): Features {
  const limits = [...ceilings, ...tiers].map(({ name }) => [name, { limit: async () => ({ success: true }) }]);
  const env = {
    RATE_LIMIT_BACKEND: backend,
    LIMITER: { getByName: () => ({}) },
    UPSTASH_REDIS_REST_URL: "https://db.example",
    UPSTASH_REDIS_REST_TOKEN: "token",
    ...Object.fromEntries(limits),
  };
  const silent = { info() {}, warn() {}, error() {} };
  const chosen = chosenBackend(env, silent);
  if ("mistakes" in chosen) throw new Error(chosen.mistakes.join("\n"));
  return chosen.backend.features;
}
