/** A call as it goes out: where to, with which headers, and whether it may be sent again. */

import { ConfigError } from "@sluice/core/engine";
import { bodyToSend, canBeSentAgain } from "./body.ts";
import type { ClientInit } from "./client.ts";
import type { FetchHeaders, FetchInit, FetchInput } from "./fetching.ts";

/** What a client adds to every call. */
export interface Additions {
  readonly base: Base | undefined;
  readonly headers: Headers | undefined;
  readonly idempotencyKeys: boolean;
}

/** Where relative addresses belong. */
export interface Base {
  /** Without a slash at its end. */
  readonly prefix: string;
  readonly origin: string;
}

/** One call, the same for all its attempts. */
export interface Outgoing {
  readonly target: FetchInput;
  readonly init: ClientInit;
  readonly method: string;
  readonly signal: AbortSignal | undefined;
  /** Whether what it sends can be sent once more. */
  readonly hasBodyAgain: boolean;
}

const idempotencyKey = "idempotency-key";

/**
 * The base of relative addresses.
 *
 * @throws ConfigError `SLUICE_BASE_URL`.
 */
export function baseOf(url: string | URL): Base {
  const known = URL.canParse(String(url)) ? new URL(url) : undefined;
  const isPlain = known !== undefined && `${known.username}${known.password}${known.search}${known.hash}` === "";
  if (isPlain && /^https?:$/.test(known.protocol)) {
    return { prefix: known.href.replace(/\/+$/, ""), origin: known.origin };
  }
  const cure = 'Give it as "https://api.example.com/v1", without user, query and fragment.';
  throw new ConfigError(
    "SLUICE_BASE_URL",
    "baseUrl of createClient() has to be an http(s) address",
    withoutUser(url),
    cure,
  );
}

/** Passwords in addresses are nobody's business. */
function withoutUser(url: unknown): unknown {
  return typeof url === "string" || url instanceof URL ? String(url).replace(/\/\/[^/]*@/, "//…@") : url;
}

/**
 * A call with what the client adds to it.
 *
 * @throws ConfigError `SLUICE_BASE_URL` for a relative address without `baseUrl`.
 */
export function outgoing(additions: Additions, input: FetchInput, init: ClientInit): Outgoing {
  const request = isRequest(input) ? input : undefined;
  const target = request ?? addressOf(additions.base, input as string | URL);
  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  const headers = headersOf(additions, target, init.headers ?? request?.headers, method);
  return {
    target,
    init: headers === undefined || headers === init.headers ? init : { ...init, headers },
    method,
    signal: (init.signal === undefined ? request?.signal : init.signal) ?? undefined,
    hasBodyAgain: init.body === undefined || init.body === null ? request?.body == null : canBeSentAgain(init.body),
  };
}

/** Whether sending it twice does what sending it once does. */
export function isRepeatable({ target, init, method }: Outgoing, methods: ReadonlySet<string>): boolean {
  if (methods.has(method)) return true;
  if (method !== "POST" && method !== "PATCH") return false;
  return hasKey(new Headers(init.headers ?? (isRequest(target) ? target.headers : undefined)));
}

/** An empty key names nothing that an API could know again. */
function hasKey(headers: Headers): boolean {
  return (headers.get(idempotencyKey) ?? "") !== "";
}

/** What `fetch` is told for one attempt. Without a body to be made, it is known at once. */
export function attemptInit({ init }: Outgoing, signal: AbortSignal | undefined): FetchInit | Promise<FetchInit> {
  const { body } = init;
  if (typeof body !== "function" && canBeSentAgain(body)) return { ...init, signal } as FetchInit;
  return bodyToSend(body as NonNullable<typeof body>, signal).then(
    (sent) => ({ ...init, ...sent, signal }) as FetchInit,
  );
}

/**
 * Whether `fetch` would refuse this call whenever it was made: a header that cannot be, a GET with a body, an address that is
 * not http(s). Asked only after it has failed, since to know it beforehand costs more than the rest of a call.
 */
export function isMistaken({ target, init }: Outgoing, error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const { body, ...rest } = init;
  try {
    const asked = isRequest(target) ? target.url : target;
    const { url } = new Request(asked, { ...rest, signal: null, ...(body == null ? {} : { body: "" }) });
    return !/^https?:/.test(url);
  } catch {
    return true;
  }
}

function isRequest(input: FetchInput): input is Request {
  return typeof input === "object" && "headers" in input;
}

/** An address that names a host goes there; any other is a path under the base. */
function addressOf(base: Base | undefined, input: string | URL): string | URL {
  if (typeof input !== "string" || /^[a-z][a-z\d+.-]*:\/\//i.test(input)) {
    if (URL.canParse(String(input))) return input;
  } else if (base !== undefined) {
    const separator = input === "" || input.startsWith("?") ? "" : "/";
    return base.prefix + separator + input.replace(/^\/+/, "");
  }
  const cure = "Give the client a baseUrl, or the call a whole address.";
  throw new ConfigError("SLUICE_BASE_URL", "a call's address is none", withoutUser(input), cure);
}

/** The call's own headers first. Those of the client are for its API: another host does not see them. */
function headersOf(
  { base, headers: added, idempotencyKeys }: Additions,
  target: FetchInput,
  own: FetchHeaders | undefined,
  method: string,
): FetchHeaders | undefined {
  const needsKey = idempotencyKeys && (method === "POST" || method === "PATCH");
  const adds = added !== undefined && (base === undefined || isUnder(base, target));
  if (!needsKey && !adds) return own;
  if (!needsKey && own === undefined) return added;
  const headers = new Headers(own);
  if (adds) for (const [name, value] of added) if (!headers.has(name)) headers.append(name, value);
  if (needsKey && !hasKey(headers)) headers.set(idempotencyKey, crypto.randomUUID());
  return headers;
}

function isUnder({ prefix, origin }: Base, target: FetchInput): boolean {
  if (typeof target === "string" && target.startsWith(prefix) && /^[/?]?$/.test(target.charAt(prefix.length)))
    return true;
  return new URL(isRequest(target) ? target.url : target).origin === origin;
}
