/** The clients of the services that prospects are looked up with: each under its own limit and under the one for all of them. */

import { type Backend, perHour, perMinute } from "@sluice/core";
import {
  type Client,
  type ClientInit,
  type ClientOptions,
  createClient,
  duckDuckGo,
  grok,
  type LocalTime,
  limiter,
  type Metrics,
  millionVerifier,
  type NamedLimiter,
  supabase,
} from "@sluice/outbound";
import type { ProspectServices } from "../setting-prospects.ts";

export interface ProspectClients {
  /** The one limit on all of them: 100 calls in an hour. */
  readonly enrichment: NamedLimiter;
  /** Asks the backup itself where there is one. */
  readonly duckDuckGo: Client;
  readonly searchBackup: Client | undefined;
  readonly grok: Client;
  readonly millionVerifier: Client;
  readonly supabase: Client | undefined;
}

export interface ProspectClientsOptions {
  readonly services: ProspectServices;
  /** Where limits, pauses and breakers live; one that keeps them when the process ends. */
  readonly backend: Backend;
  /** @default the machine's own */
  readonly time?: LocalTime | undefined;
  readonly metrics?: Metrics | undefined;
  /** @default the platform's own */
  readonly fetch?: ClientOptions["fetch"];
  /**
   * How late a call may start after its slot, in milliseconds, by which every window is longer; for a clock that is not the
   * machine's own.
   * @default what limiter() has
   */
  readonly toleranceMs?: number | undefined;
}

/** Limits that are booked in one step live in one place. */
const shard = "enrichment";

const callsPerHour = 100;

/**
 * How long a call may wait for its turn and its retries. Less than what the presets wait after a refusal that names no time, so that
 * who was refused is asked again by the next run, and not in half a minute.
 */
const patienceMs = 20_000;

/** A call of ours takes about 100 tokens; a model that thinks aloud, many more. */
const tokensPerMinute = 100_000;

/** With 100 calls in an hour, half a minute has not ten of them: whether a service works is told by those of ten minutes. */
const breaker = { minimumCalls: 5, windowMs: 600_000, openMs: 300_000 };

/** Makes them; nothing happens before the first call. */
export function prospectClients({ services, backend, ...rest }: ProspectClientsOptions): ProspectClients {
  const { time, metrics, toleranceMs } = rest;
  const rate = perHour(callsPerHour);
  const enrichment = limiter({ name: "enrichment", rate, backend, shard, time, metrics, toleranceMs });
  const shared = {
    ...rest,
    backend,
    shard,
    breaker,
    with: [enrichment],
    maxWaitMs: patienceMs,
  };
  const { searchBackup: backup, supabase: records } = services;
  const searchBackup =
    backup &&
    createClient({
      ...shared,
      name: "searchBackup",
      rate: perMinute(30),
      baseUrl: backup.url,
      headers: { Accept: "application/json", "User-Agent": ourName },
    });
  return {
    enrichment,
    searchBackup,
    duckDuckGo: duckDuckGo({
      ...shared,
      baseUrl: services.duckDuckGo.url,
      headers: { Accept: "text/html", "User-Agent": ourName },
      ...(searchBackup && { fallback: (input, init) => searchBackup(inBackup(input), forBackup(init)) }),
    }),
    grok: grok({
      ...shared,
      baseUrl: services.grok.url,
      headers: { Authorization: `Bearer ${services.grok.key}`, "User-Agent": ourName },
      tokensPerMinute,
    }),
    millionVerifier: millionVerifier({
      ...shared,
      baseUrl: services.millionVerifier.url,
      headers: { "User-Agent": ourName },
    }),
    supabase:
      records &&
      supabase({
        ...shared,
        baseUrl: records.url,
        headers: { apikey: records.key, Authorization: `Bearer ${records.key}`, "User-Agent": ourName },
        // The same row twice is the same row.
        idempotencyKeys: true,
      }),
  };
}

/** Some services turn away who does not say what it is. */
const ourName = "sluice-feeds/0.1";

/** The path of a search. */
export function searchPath(query: string): string {
  return `/html/?q=${encodeURIComponent(query)}`;
}

/** The same search as the backup is asked it. */
function inBackup(input: Parameters<Client>[0]): string {
  const query = new URLSearchParams(String(input).split("?")[1]).get("q") ?? "";
  return `/search?q=${encodeURIComponent(query)}&format=json`;
}

/** Its own headers are the client's; those of the call it stands in for are not for it. */
function forBackup(init: ClientInit = {}): ClientInit {
  const { headers: _, ...rest } = init;
  return rest;
}
