/** The Worker's settings and bindings, checked: every mistake is named, with the value that was given and the cure. */

import type { Backend } from "@sluice/core";
import type { Database, Logger } from "@sluice/feeds";
import {
  bounceSecret,
  jobsSwitch,
  metricsToken,
  mistakesHeard,
  type ProspectChoice,
  privateFetchSwitch,
  prospectServices,
  publicUrl,
  publicUrlCure,
  shortened,
} from "@sluice/feeds/settings";
import { drizzle } from "drizzle-orm/d1";
import { chosenBackend, type Env } from "./backend.ts";
import { outboundBackend } from "./outbound.ts";

export interface Settings {
  readonly db: Database;
  readonly backend: Backend;
  /** Names of settings that were given for backends that are not chosen. */
  readonly unused: readonly string[];
  /** The address people use, without a final slash; undefined: whatever address each request came to. */
  readonly publicUrl: string | undefined;
  /** Whether the cron trigger runs jobs. */
  readonly jobs: boolean;
  /** Without one, no reports of bounces are taken in. */
  readonly bounceSecret: string | undefined;
  /** Where prospects are looked up, or why they are not. */
  readonly prospects: ProspectChoice;
  /** Whether feeds may be named by addresses that are not of the public Internet. */
  readonly allowPrivateFetch: boolean;
  /** What readers of /metrics show; undefined: there is no such route. */
  readonly metricsToken: string | undefined;
  /** Where leases and send quotas live; undefined where the Worker has no such place. */
  readonly outbound: Backend | undefined;
}

/** Either the settings, or one line for each mistake. An empty variable counts as none. */
export function readSettings(
  env: object,
  logger: Logger,
): { readonly settings: Settings } | { readonly mistakes: readonly string[] } {
  const given: Env = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const chosen = chosenBackend(given, logger);
  const url = publicUrl.safeParse(given["PUBLIC_URL"]);
  const { mistakes: others, mistaken } = mistakesHeard();
  const jobs = jobsSwitch(given["JOBS"], mistaken);
  const secret = bounceSecret(given["BOUNCE_WEBHOOK_SECRET"], mistaken);
  const prospects = prospectServices(given, mistaken);
  const allowPrivateFetch = privateFetchSwitch(given["ALLOW_PRIVATE_FETCH"], mistaken);
  const token = metricsToken(given["METRICS_TOKEN"], mistaken);
  const outbound = "mistakes" in chosen ? undefined : outboundBackend(given, chosen.backend);
  if (secret !== undefined && outbound === undefined && !("mistakes" in chosen)) {
    mistaken(
      "BOUNCE_WEBHOOK_SECRET needs the Durable Object binding LIMITER, which counts reports; add it, as wrangler.jsonc has it",
    );
  }
  const mistakes = [
    ...(isD1(given["DB"]) ? [] : [withoutDatabase(given["DB"])]),
    ...("mistakes" in chosen ? chosen.mistakes : []),
    ...(url.success ? [] : [`PUBLIC_URL=${shortened(given["PUBLIC_URL"])} ${publicUrlCure}.`]),
    ...others,
  ];
  if (mistakes.length > 0 || "mistakes" in chosen) return { mistakes };
  // Drizzle's D1 is the app's database, but for a type of results that nobody reads.
  const db = drizzle(given["DB"] as Parameters<typeof drizzle>[0]) as unknown as Database;
  const own = { jobs, bounceSecret: secret, prospects, allowPrivateFetch, metricsToken: token, outbound };
  return { settings: { db, ...chosen, publicUrl: url.data, ...own } };
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
