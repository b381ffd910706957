/** Clients of some APIs whose limits are known: each is `createClient()` with numbers, and every one can be overridden. */

import { perMinute, perSecond } from "@sluice/core/engine";
import type { Client } from "./client.ts";
import type { ClientOptions } from "./client-options.ts";
import { createClient } from "./create-client.ts";
import { tokensPerMinute } from "./tokens.ts";

/** Any option of a client; the backend is needed. */
export type PresetOptions = Partial<ClientOptions> & Pick<ClientOptions, "backend">;

export interface GrokOptions extends PresetOptions {
  /** The team's second limit. What a call will cost is estimated from its text, and set right by `usage` of its answer. */
  readonly tokensPerMinute?: number | undefined;
}

/** xAI's Grok: 60 requests a minute, at most 5 at once, since xAI counts by the second, too. */
export function grok(given: GrokOptions): Client {
  const { tokensPerMinute: tokens, ...options } = { ...given };
  const numbers = {
    name: "grok",
    rate: perMinute(60, { burst: 5 }),
    baseUrl: "https://api.x.ai",
    idempotencyKeys: true,
  };
  return preset({ ...numbers, ...(tokens === undefined ? {} : { units: tokensPerMinute(tokens) }) }, options);
}

/** MillionVerifier's real-time API: 100 requests a minute. */
export function millionVerifier(options: PresetOptions): Client {
  const baseUrl = "https://api.millionverifier.com/api/v3";
  return preset({ name: "millionverifier", rate: perMinute(100), baseUrl }, options);
}

/** DuckDuckGo's page without scripts: 30 requests a minute. Its 202 and 403 are what it answers those with who ask too often. */
export function duckDuckGo(options: PresetOptions): Client {
  const isThrottled = ({ status }: Response): boolean => status === 202 || status === 403;
  return preset(
    { name: "duckduckgo", rate: perMinute(30), baseUrl: "https://html.duckduckgo.com", isThrottled },
    options,
  );
}

/** A Supabase project: 1,000 requests a second, at most 50 at once. Give it the project's address as `baseUrl`. */
export function supabase(options: PresetOptions): Client {
  return preset({ name: "supabase", rate: perSecond(1_000, { burst: 50 }) }, options);
}

/** What is undefined, such as a setting that is not set, overrides nothing. */
function preset(numbers: Omit<ClientOptions, "backend">, options: PresetOptions): Client {
  const own = Object.entries({ ...options }).filter(([, value]) => value !== undefined);
  return createClient({ ...numbers, ...(Object.fromEntries(own) as PresetOptions) });
}
