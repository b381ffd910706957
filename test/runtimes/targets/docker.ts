/** The app in containers, as apps/docker has them: one that limits nobody, and one or two that count in Redis. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Features } from "@sluice/core/engine";
import { noop } from "@sluice/core/noop";
import { redis } from "@sluice/core/redis";
import { composeMissing, removeAbandoned } from "@sluice/test-services/docker-compose";
import { docker, engineMissing } from "@sluice/test-services/docker-engine";
import { appImage, imagesMissing } from "@sluice/test-services/docker-images";
import { Redis } from "ioredis";
import { withoutJobs } from "../bounce-report.ts";
import { sendTo } from "../http-client.ts";
import type { BootOptions, Instance, Running, Target } from "../target.ts";
import { writeDatabase } from "./database.ts";
import { accessesIn, type Container, type Containers, startContainers } from "./docker-containers.ts";
import { addressOf, appended, recovered } from "./process.ts";

type BackendName = "noop" | "redis";

const features: Readonly<Record<BackendName, Features>> = {
  noop: noop().features,
  redis: redis(new Redis({ lazyConnect: true })).features,
};

/** The services of compose.yaml that are the first instance and the second. */
const services = { noop: ["app", "app"], redis: ["app-a", "app-b"] } as const;

/** Why nothing of this can run here, and the cure. */
export const missing: string | undefined = engineMissing ?? composeMissing ?? imagesMissing();

let prepared: Promise<string> | undefined;

/** Gives the name of the image, made ready once for everybody in this process. */
export function preparedImage(): Promise<string> {
  prepared ??= removeAbandoned().then(() => appImage());
  return prepared;
}

export const dockerTargets: readonly Target[] = (["noop", "redis"] as const).map((backend) => {
  return {
    name: "docker",
    backend,
    features: features[backend],
    missing,
    boot: (options) => boot(backend, options),
  };
});

async function boot(backend: BackendName, options: BootOptions = {}): Promise<Running> {
  const { instances: count = 1, proxied = true, fault } = options;
  const image = await preparedImage();
  const bundle = fault && (await (await import("../bundle.ts")).faultyBundle("node", fault));
  const folder = mkdtempSync(join(tmpdir(), "sluice-docker-"));
  const lines: string[] = [];
  let started: Containers | undefined;
  try {
    const database = join(folder, "feeds.sqlite");
    await writeDatabase(database);
    const apps = services[backend].slice(0, count);
    const settings = { ...withoutJobs, ...(proxied && { TRUSTED_PROXIES: "1" }) };
    started = await startContainers({ image, apps, settings, database, bundle }, (line) => lines.push(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const { containers, gateway, redis: server, stop } = started;
  const instances = containers.map((container) => instanceAt(container, proxied));
  return {
    instances,
    proxied,
    addressOf: (client) => (proxied ? addressOf(client, true) : gateway),
    accesses: () => accessesIn(containers[0] as Container),
    log: () => lines,
    outage:
      server === undefined
        ? undefined
        : {
            // Fails as a server does that is killed; it comes back with what it had written down.
            begin: async () => void (await docker(["kill", server])),
            async end() {
              await docker(["start", server]);
              await Promise.all(instances.map(recovered));
            },
          },
    stop,
  };
}

function instanceAt({ url }: Container, proxied: boolean): Instance {
  return {
    url,
    send({ client, ...ask }) {
      return sendTo(url, proxied ? { ...ask, headers: appended(ask.headers, addressOf(client, true)) } : ask);
    },
  };
}
