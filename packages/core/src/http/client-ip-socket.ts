/** The address at the other end of the connection, as Node, Bun and Deno each tell it. */

import { parseAddress } from "./address.ts";
import type { AddressSource } from "./client-ip-source.ts";

/** What the servers of Node (also as `env.server`), Deno and Bun hand to the app; each part may be absent. */
interface Host {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: unknown } };
  readonly remoteAddr?: { readonly hostname?: unknown };
  readonly requestIP?: (request: Request) => { readonly address?: unknown } | null;
}

/**
 * Directly on the internet: the address at the other end of the connection, on Node, Bun and Deno.
 *
 * Behind any proxy that is the proxy. Workers have no socket: use {@link cloudflare} there.
 */
export function socket(): AddressSource {
  const none = { missing: "The runtime names no address for this connection: it is closed, local, or not a real one." };
  return ({ request, env }) => {
    try {
      const host = env as (Host & { readonly server?: Host; readonly info?: Host }) | null | undefined;
      const peer = peerOf(host, request) ?? peerOf(host?.server, request) ?? peerOf(host?.info, request);
      const address = parseAddress(peer as string);
      return address === undefined ? none : { address };
    } catch {
      // Bun's requestIP and getters of closed connections throw on some versions; that is no reason to fail a request.
      return none;
    }
  };
}

function peerOf(host: Host | null | undefined, request: Request): unknown {
  // requestIP comes last, so that on a Worker a service binding named `server`, which has every method, is never called.
  return host?.incoming?.socket?.remoteAddress ?? host?.remoteAddr?.hostname ?? host?.requestIP?.(request)?.address;
}
