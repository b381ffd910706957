/** The client that speaks to Upstash: built from an address and a token when it is first needed. */

import { ConfigError } from "../engine/errors.ts";

/** A client of Upstash by the two methods that are used; `Redis` of `@upstash/redis` has them. */
export interface UpstashRedis {
  evalsha(sha: string, keys: string[], args: string[]): Promise<unknown>;
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
}

/** Where the database is, and how long a request to it may take. */
export interface UpstashAddress {
  readonly url: string;
  readonly token: string;
  readonly deadlineMs: number;
}

/**
 * Gives the one client of an address. It is made at the first call, and none before the package is loaded.
 *
 * @throws ConfigError `SLUICE_CLIENT_MISSING` where `@upstash/redis` is not installed.
 */
export function builtClient({ url, token, deadlineMs }: UpstashAddress): () => Promise<UpstashRedis> {
  let client: UpstashRedis | undefined;
  return async () => {
    if (client !== undefined) return client;
    const { Redis } = await loaded();
    // Nothing is awaited from here on, so that callers who come together share one client, and with it one request.
    client ??= new Redis({
      // As a URL is written, without the line break that an environment may have put behind it.
      url: new URL(url).href,
      token,
      // A script that was carried out while its answer was lost must not be carried out again.
      retry: { retries: 0 },
      // One signal for each request: given a single signal, the client makes up answers once it has fired.
      signal: () => AbortSignal.timeout(deadlineMs),
      automaticDeserialization: false,
      enableAutoPipelining: true,
      enableTelemetry: false,
    });
    return client;
  };
}

/** The package's entry for this runtime: the one for Workers asks fetch for nothing that older Workers refuse. */
async function loaded(): Promise<typeof import("@upstash/redis") | typeof import("@upstash/redis/cloudflare")> {
  try {
    const isWorker = typeof navigator !== "undefined" && navigator.userAgent === "Cloudflare-Workers";
    return isWorker ? await import("@upstash/redis/cloudflare") : await import("@upstash/redis");
  } catch {
    throw new ConfigError(
      "SLUICE_CLIENT_MISSING",
      "upstash({ url, token }) makes its client with the package @upstash/redis, which cannot be loaded",
      "@upstash/redis",
      "Run npm install @upstash/redis, or give upstash({ redis }) a client of your own.",
    );
  }
}
