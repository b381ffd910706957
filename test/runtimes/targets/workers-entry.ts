/** The Workers of one boot: wrangler.jsonc as it is, but for variables, names, and objects that can be made to fail. */

import { writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { unstable_readConfig as readConfig, type Unstable_RawConfig as WorkerConfig } from "wrangler";
import { ownCache } from "../own-cache.ts";

/** What the first Worker lets the suite do to its objects. */
export interface FailingObjects {
  setFailing(isFailing: boolean): Promise<void>;
}

/** A Worker as the harness takes it. */
export interface WorkerInput {
  readonly config: Omit<WorkerConfig, "env"> & { readonly name: string };
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const configPath = `${root}apps/workers/wrangler.jsonc`;
const folder = ownCache("workers");

/**
 * So many Workers of the app, whose entry is the app's own or the one given. They share D1 and the ratelimit bindings by
 * their ids, and the objects of the first.
 */
export function workers(count: number, vars: Readonly<Record<string, string>>, main?: string): WorkerInput[] {
  const own = readConfig({ config: configPath });
  const { name = "", compatibility_date, compatibility_flags, d1_databases, ratelimits, migrations } = own;
  const entry = entryFor(main ?? `${root}apps/workers/src/main.ts`);
  const objects: readonly object[] = own.durable_objects.bindings;
  const shared = { main: entry, compatibility_date, compatibility_flags, d1_databases, ratelimits } as const;
  const alias = absolute(own.alias);
  return Array.from({ length: count }, (_, index) => {
    const config = { ...shared, alias, vars: { ...own.vars, ...vars } };
    return index === 0
      ? { config: { ...config, name, durable_objects: { bindings: objects }, migrations } }
      : {
          config: {
            ...config,
            name: `${name}-${index + 1}`,
            durable_objects: { bindings: objects.map((one) => ({ ...one, script_name: name })) },
          },
        };
  }) as WorkerInput[];
}

/** The header that tells the front which Worker is meant. */
export const instanceHeader = "x-instance";

/** A Worker in front of them, since the harness has one address: it passes everything on as it is. */
export function front(behind: readonly WorkerInput[]): WorkerInput {
  const main = written(
    "front.mjs",
    `export default {
  fetch(request, env) {
    const headers = new Headers(request.headers);
    const name = headers.get("${instanceHeader}");
    headers.delete("${instanceHeader}");
    return env[name].fetch(new Request(request, { headers, redirect: "manual" }));
  },
};
`,
  );
  const services = behind.map(({ config: { name } }) => ({ binding: name, service: name }));
  return { config: { name: "front", main, compatibility_date: behind[0]?.config.compatibility_date, services } };
}

/** An entry that is the app's, whose objects fail as long as they are told to: all of them, and those to come. */
function entryFor(main: string): string {
  return written(
    `${main.replaceAll(/\W+/g, "-")}.mjs`,
    `import { WorkerEntrypoint } from "cloudflare:workers";
import app, { SluiceLimiter as Limiter } from ${JSON.stringify(main)};
let isFailing = false;
export default class extends WorkerEntrypoint {
  fetch(request) { return app.fetch(request, this.env, this.ctx); }
  setFailing(next) { isFailing = next; }
}
export class SluiceLimiter extends Limiter {
  ask(message) {
    if (isFailing) throw new Error("this object was told to fail");
    return super.ask(message);
  }
}
`,
  );
}

function written(name: string, text: string): string {
  writeFileSync(`${folder}/${name}`, text);
  return `${folder}/${name}`;
}

function absolute(alias: Readonly<Record<string, string>> = {}): Record<string, string> {
  const isPath = (to: string): boolean => to.startsWith(".");
  return Object.fromEntries(
    Object.entries(alias).map(([name, to]) => [name, isPath(to) ? resolve(dirname(configPath), to) : to]),
  );
}
