/** One client for each host: its pace, its pauses and its breaker are the same for every feed on it, in every process. */

import { type Backend, per } from "@sluice/core";
import { type Client, createClient, type LocalTime, type Metrics } from "@sluice/outbound";
import { type PublicFetch, UnreachableError } from "./public-address.ts";

export interface HostsDeps {
  readonly backend: Backend;
  readonly fetch: PublicFetch;
  readonly time: LocalTime;
  readonly metrics?: Metrics | undefined;
  /** From one request to a host to the next, in milliseconds. @default 2_000 */
  readonly paceMs?: number | undefined;
  /** How long headers, and then a body, may take. @default 20_000 */
  readonly patienceMs?: number | undefined;
}

/** As many are kept; what a client has to remember is in the backend, so that one that is forgotten can be made again. */
const mostClients = 500;

/** Whoever's turn is further ahead comes later: other hosts wait for their turns, too. */
const maxWaitMs = 10_000;

/** Gives the client of an address's host. */
export function hostClients(deps: HostsDeps): (url: URL) => Client {
  const { backend, fetch, time, metrics, paceMs = 2_000, patienceMs = 20_000 } = deps;
  // Told apart from what a backend fails with, which no stranger is to blame for.
  const reached: PublicFetch = async (...call) => {
    try {
      return await fetch(...call);
    } catch (error) {
      throw new UnreachableError(error);
    }
  };
  const clients = new Map<string, Client>();
  return ({ host }) => {
    const known = clients.get(host);
    // What was asked for last stands last, so that the first is the one to be forgotten.
    clients.delete(host);
    const client =
      known ??
      createClient({
        name: "fetch",
        key: host,
        backend,
        rate: per(`${paceMs}ms`, 1),
        fetch: reached,
        timeoutMs: patienceMs,
        bodyTimeoutMs: patienceMs,
        maxWaitMs,
        // The job comes again by itself, and leaves more time between.
        retry: false,
        time,
        ...(metrics && { metrics }),
      });
    clients.set(host, client);
    const [oldest] = clients.keys();
    if (clients.size > mostClients && oldest !== undefined) clients.delete(oldest);
    return client;
  };
}
