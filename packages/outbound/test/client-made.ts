/** A client in front of an upstream on loopback, both on one time that passes by itself. */

import { perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { startUpstream, type Upstream, type UpstreamOptions } from "@sluice/test-services/upstream";
import { afterEach } from "vitest";
import type { Client } from "../src/client/client.ts";
import type { ClientOptions } from "../src/client/client-options.ts";
import { createClient } from "../src/client/create-client.ts";
import { type SocketTime, socketTime } from "./socket-time.ts";

export interface Made {
  readonly time: SocketTime;
  readonly upstream: Upstream;
  readonly client: Client;
  /** What a client of these options would be told, for others like it. */
  readonly options: ClientOptions;
  /** Statuses of so many calls at once, in the order in which they were made. */
  statuses(count: number, path?: string): Promise<readonly (number | string)[]>;
}

const running: Upstream[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((upstream) => upstream.stop()));
});

/** Starts an upstream that ends with its test. */
export async function upstreamOf(options: UpstreamOptions): Promise<Upstream> {
  const upstream = await startUpstream(options);
  running.push(upstream);
  return upstream;
}

/** A client of 10 requests a second on memory, and an upstream that does as it is told. No jitter, unless it is asked for. */
export async function made(own: Partial<ClientOptions> = {}, behaves: UpstreamOptions = {}): Promise<Made> {
  const time = (own.time as SocketTime | undefined) ?? socketTime();
  const upstream = await upstreamOf({ time, ...behaves });
  const options: ClientOptions = {
    name: "api",
    backend: memory({ clock: time }),
    rate: perSecond(10),
    baseUrl: upstream.url,
    time,
    fetch: time.fetch,
    random: () => 0,
    ...own,
  };
  const client = createClient(options);
  return {
    time,
    upstream,
    client,
    options,
    async statuses(count, path = "/") {
      const calls = Array.from({ length: count }, () => client(path).then(statusOf, codeOf));
      return time.until(Promise.all(calls));
    },
  };
}

/** The status of an answer, whose body is read. */
export async function statusOf(response: Response): Promise<number> {
  await response.arrayBuffer();
  return response.status;
}

/** The code of an error, or else its name. */
export function codeOf(error: { readonly code?: unknown; readonly name: string }): string {
  return typeof error.code === "string" ? error.code : error.name;
}
