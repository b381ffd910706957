/** The Worker's settings and bindings, checked: every mistake is named, with the value that was given and the cure. */

import type { Backend } from "@sluice/core";
import type { Database, Logger } from "@sluice/feeds";
import { publicUrl, publicUrlCure, shortened } from "@sluice/feeds/settings";
import { drizzle } from "drizzle-orm/d1";
import { chosenBackend, type Env } from "./backend.ts";

export interface Settings {
  readonly db: Database;
  readonly backend: Backend;
  /** Names of settings that were given for backends that are not chosen. */
  readonly unused: readonly string[];
  /** The address people use, without a final slash; undefined: whatever address each request came to. */
  readonly publicUrl: string | undefined;
}

/** Either the settings, or one line for each mistake. An empty variable counts as none. */
export function readSettings(
  env: object,
  logger: Logger,
): { readonly settings: Settings } | { readonly mistakes: readonly string[] } {
  const given: Env = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const chosen = chosenBackend(given, logger);
  const url = publicUrl.safeParse(given["PUBLIC_URL"]);
  const mistakes = [
    ...(isD1(given["DB"]) ? [] : [withoutDatabase(given["DB"])]),
    ...("mistakes" in chosen ? chosen.mistakes : []),
    ...(url.success ? [] : [`PUBLIC_URL=${shortened(given["PUBLIC_URL"])} ${publicUrlCure}.`]),
  ];
  if (mistakes.length > 0 || "mistakes" in chosen) return { mistakes };
  // Drizzle's D1 is the app's database, but for a type of results that nobody reads.
  const db = drizzle(given["DB"] as Parameters<typeof drizzle>[0]) as unknown as Database;
  return { settings: { db, ...chosen, publicUrl: url.data } };
}

function isD1(binding: unknown): boolean {
  const { prepare, batch, anythingAtAll } = Object(binding) as Record<string, unknown>;
  // A binding to another Worker has every method that anybody asks for.
  return typeof prepare === "function" && typeof batch === "function" && anythingAtAll === undefined;
}

function withoutDatabase(binding: unknown): string {
  const lines = '"d1_databases": [{ "binding": "DB", "database_name": "…", "database_id": "…" }]';
  const problem = binding === undefined ? "DB is missing" : "DB is no D1 database";
  return `${problem}; add ${lines} to wrangler.jsonc. Named environments inherit no bindings: repeat it under each.`;
}
