/** The database that `wrangler dev` will find: its tables up to date, and the demo data in it when it was empty. */

import type { Database } from "@sluice/feeds";
import { demoTokens, seedHistory, seedWhenEmpty } from "@sluice/feeds";
import { drizzle } from "drizzle-orm/d1";
import { getPlatformProxy } from "wrangler";
import type { DevArguments } from "./dev-arguments.ts";
import { runWrangler } from "./wrangler.ts";

/** What there is now. */
export interface LocalData {
  /** The variables and bindings of the Worker, as it will see them. */
  readonly env: Readonly<Record<string, unknown>>;
  /** Fills the database where it is empty, and tells whether it was and which demo tokens open accounts. */
  fill(): Promise<{ readonly seeded: boolean; readonly tokens: readonly string[] }>;
  close(): Promise<void>;
}

/** Opens the bindings of the Worker, on the folder in which wrangler will find the data again. */
export async function openLocalData(args: DevArguments): Promise<LocalData> {
  const { configPath, environment, persistTo, vars } = args;
  const { env, dispose } = await quietly(() =>
    getPlatformProxy<Record<string, unknown>>({
      configPath,
      ...(environment !== undefined && { environment }),
      persist: { path: `${persistTo}/v3` },
      remoteBindings: false,
    }),
  );
  return {
    env: { ...env, ...vars },
    async fill() {
      await migrate(args);
      const db = drizzle(env["DB"] as Parameters<typeof drizzle>[0]) as unknown as Database;
      const seeded = await seedWhenEmpty(db);
      if (seeded) await seedHistory(db, Date.now());
      return { seeded, tokens: await demoTokens(db) };
    },
    close: dispose,
  };
}

async function migrate({ configPath, environment, persistTo }: DevArguments): Promise<void> {
  const where = ["--local", "--persist-to", persistTo, "--config", configPath];
  const named = environment === undefined ? [] : ["--env", environment];
  await runWrangler(["d1", "migrations", "apply", "DB", ...where, ...named], process.cwd());
}

/** Without what workerd says of Durable Objects that have no class here: where they are asked, they have one. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { error } = console;
  console.error = () => {};
  try {
    return await work();
  } finally {
    console.error = error;
  }
}
