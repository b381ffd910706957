/** Fetches what strangers name, from public addresses only: the addresses that were checked are those that are connected to. */

import { lookup as resolveName } from "node:dns";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { isPublicAddress, type PublicFetch, RefusedAddressError, refusedAddress } from "@sluice/feeds";
import { fetchedResponse } from "./public-response.ts";

export interface PublicFetchOptions {
  /** Whether every address will do. */
  readonly allowPrivate: boolean;
  /** Resolves names. @default the system's resolver */
  readonly resolve?: ((hostname: string, options: { readonly all: true }, callback: Resolved) => void) | undefined;
}

type Resolved = (
  error: Error | null,
  addresses: readonly { readonly address: string; readonly family: number }[],
) => void;

type Protocol = "http:" | "https:";

/** A request on a connection of its own, which is made by our hand and looks names up by ours. */
function requested(url: URL, lookup: LookupFunction | undefined, headers: Record<string, string> = {}): ClientRequest {
  const { protocol, hostname } = url;
  const host = hostname.replace(/^\[|\]$/g, "");
  const isTls = protocol === "https:";
  const port = Number(url.port || (isTls ? 443 : 80));
  const to = { host, port, ...(lookup && { lookup }) };
  // An address has no name to ask the server's certificate for; it is checked against the address then.
  const tls = { ...to, ...(isIP(host) === 0 && { servername: host }) };
  // Not by an agent: Deno's asks for leave to read the machine's certificates, and none can be given by its name.
  const createConnection = (): Socket => (isTls ? tlsConnect(tls) : tcpConnect(to));
  return (isTls ? httpsRequest : httpRequest)(url, { headers, createConnection });
}

/**
 * Makes it. A name is resolved as its connection is made and by nobody else, so that it cannot mean one thing when it is checked
 * and another when it is used. Before the first request the runtime has to show that it does so; where it does not, nothing
 * is fetched.
 */
export function publicFetch({ allowPrivate, resolve = resolveName }: PublicFetchOptions): PublicFetch {
  const proofs = new Map<string, Promise<void>>();

  const proven = (protocol: Protocol): Promise<void> => {
    const proof = proofs.get(protocol) ?? asksForAddresses(protocol);
    proofs.set(protocol, proof);
    return proof;
  };

  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { method = "GET", signal } = init;
    if (method !== "GET" || input instanceof Request)
      throw new TypeError("Only an address can be fetched, and only by GET.");
    signal?.throwIfAborted();
    if (refusedAddress(url, allowPrivate) !== undefined) throw new RefusedAddressError("This address is not public.");
    if (!allowPrivate) await proven(url.protocol as Protocol);
    signal?.throwIfAborted();
    const lookup = allowPrivate ? undefined : checkedLookup(resolve);
    const headers = { "Accept-Encoding": "gzip, deflate, br", ...Object.fromEntries(new Headers(init.headers)) };
    const outgoing = requested(url, lookup, headers);
    if (!allowPrivate) outgoing.once("socket", onlyPublic);
    return answerTo(outgoing, signal ?? undefined);
  };
}

/** Resolves a name, and gives its addresses away only if every one of them is public. */
function checkedLookup(resolve: NonNullable<PublicFetchOptions["resolve"]>): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error) return callback(error, "", 0);
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new RefusedAddressError(`${hostname} is not a public address.`), "", 0);
      }
      return options.all ? callback(null, [...addresses]) : callback(null, first.address, first.family);
    });
  };
}

/** Once more, of the connection itself. */
function onlyPublic(socket: Socket): void {
  socket.once("connect", () => {
    const { remoteAddress } = socket;
    if (remoteAddress !== undefined && !isPublicAddress(remoteAddress)) {
      socket.destroy(new RefusedAddressError("This address is not public."));
    }
  });
}

function answerTo(outgoing: ClientRequest, signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    let incoming: IncomingMessage | undefined;
    const aborted = (): void => {
      reject(signal?.reason);
      incoming?.destroy(signal?.reason);
      outgoing.destroy(signal?.reason);
    };
    signal?.addEventListener("abort", aborted, { once: true });
    outgoing.once("close", () => signal?.removeEventListener("abort", aborted));
    outgoing.on("error", reject);
    outgoing.once("response", (answer) => {
      incoming = answer;
      try {
        resolve(fetchedResponse(answer));
      } catch (error) {
        outgoing.destroy();
        reject(error);
      }
    });
    outgoing.end();
  });
}

/** Rejects unless the runtime asks the lookup it is given, and believes it: this one knows no address, so that nothing is sent. */
async function asksForAddresses(protocol: Protocol): Promise<void> {
  const known = new Error("asked");
  const lookup: LookupFunction = (_hostname, _options, callback) => callback(known, "", 0);
  const outgoing = requested(new URL(`${protocol}//lookup.invalid/`), lookup);
  const met = await new Promise<unknown>((resolve) => {
    outgoing.on("error", resolve);
    outgoing.once("response", () => resolve(undefined));
    outgoing.end();
  });
  outgoing.destroy();
  if (Object(met).message === known.message) return;
  throw new RefusedAddressError(
    "This runtime resolves names by itself, so that addresses cannot be checked: nothing is fetched.",
  );
}
