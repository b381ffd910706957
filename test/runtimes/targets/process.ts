/** A target whose instances are processes of this machine: settings in, log lines out, one file for the database. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "@sluice/node/runtimes";
import { withoutJobs } from "../bounce-report.ts";
import type { Planted } from "../faults.ts";
import { sendTo } from "../http-client.ts";
import type { Answer, Ask, BootOptions, Instance, Running, Target } from "../target.ts";
import { accessesIn, migrations, writeDatabase } from "./database.ts";
import { type ProcessBackendName, processBackends } from "./process-backends.ts";
import { type Child, patienceMs, startChild } from "./process-child.ts";

/** The app in this runtime, once with each of these backends. */
export function processTargets(runtime: Runtime, backends: readonly ProcessBackendName[]): readonly Target[] {
  return backends.map((backend) => {
    const { features, missing } = processBackends[backend];
    return {
      name: runtime.name,
      backend,
      features,
      missing: runtime.missing ?? missing,
      boot: (options) => boot(runtime, backend, options),
    };
  });
}

async function boot(runtime: Runtime, backend: ProcessBackendName, options: BootOptions = {}): Promise<Running> {
  const { instances: count = 1, proxied = false, fault } = options;
  const bundle = fault && (await bundleWith(runtime, fault));
  const folder = mkdtempSync(join(tmpdir(), `sluice-${runtime.name}-`));
  const command = runtime.command({ bundle, folders: [folder] });
  const stopping: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    // What was started last stands upon what was started before it.
    for (const part of stopping.splice(0).reverse()) await part().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const database = join(folder, "feeds.sqlite");
    await writeDatabase(database);
    const counting = await processBackends[backend].start(folder);
    stopping.push(counting.stop);
    const environment = {
      PORT: "0",
      DATABASE_PATH: database,
      MIGRATIONS_PATH: migrations,
      ...withoutJobs,
      ...counting.environment,
      ...(proxied && { TRUSTED_PROXIES: "1" }),
    };
    const lines: string[] = [];
    const instances: Instance[] = [];
    for (let number = 1; number <= count; number++) {
      const child = await startChild(command, environment, (line) => lines.push(line));
      stopping.push(child.stop);
      instances.push(instanceAt(child, proxied));
    }
    const { outage } = counting;
    return {
      instances,
      proxied,
      addressOf: (client) => addressOf(client, proxied),
      accesses: async () => accessesIn(database),
      log: () => lines,
      outage: outage && {
        begin: outage.begin,
        async end() {
          await outage.end();
          await Promise.all(instances.map(recovered));
        },
      },
      stop,
    };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/** Loaded only where a fault is asked for: building is slow, and most boots build nothing. */
async function bundleWith({ name }: Runtime, fault: Planted): Promise<string> {
  const { faultyBundle } = await import("../bundle.ts");
  return await faultyBundle(name, fault);
}

function instanceAt({ url }: Child, proxied: boolean): Instance {
  return {
    url,
    send({ client, ...ask }: Ask): Promise<Answer> {
      const address = addressOf(client, proxied);
      return proxied ? sendTo(url, { ...ask, headers: appended(ask.headers, address) }) : sendTo(url, ask, address);
    },
  };
}

/** Behind a proxy an address of the network for benchmarks, else one of loopback's own. */
export function addressOf(client: number, proxied: boolean): string {
  if (!(Number.isInteger(client) && client >= 1 && client <= 65_534)) throw new Error(`there is no client ${client}`);
  return `${proxied ? "198.18" : "127.1"}.${client >> 8}.${client & 255}`;
}

/** As a proxy does: whatever list the client sent is passed on, with the client's address at its end. */
export function appended(headers: Ask["headers"] = {}, address: string): Record<string, string> {
  const isList = ([name]: readonly [string, string]): boolean => name.toLowerCase() === "x-forwarded-for";
  const all = Object.entries(headers);
  const list = [...all.filter(isList).map(([, value]) => value), address].join(", ");
  return { ...Object.fromEntries(all.filter((header) => !isList(header))), "X-Forwarded-For": list };
}

/** What /health says may be as old. */
const healthAgeMs = 1_000;

/** Waits until the instance has noticed that its backend is back: a client that reconnects takes a while. */
export async function recovered({ url, send }: Instance): Promise<void> {
  const sinceMs = performance.now();
  for (;;) {
    const { body } = await send({ path: "/health", client: 1 });
    const { answers } = (JSON.parse(body) as { limiting: { answers: boolean } }).limiting;
    const waitedMs = performance.now() - sinceMs;
    if (answers && waitedMs > healthAgeMs) return;
    if (waitedMs > patienceMs) throw new Error(`${url} does not find its backend again: ${body}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
