/** One visit to a feed: asked only for what is new, redirects followed by hand, and what came of it in a word. */

import { CircuitOpenError, type Client, ClientError, LimitError } from "@sluice/outbound";
import { BodyTooLargeError, discard, readBody } from "./body.ts";
import { type FoundFeed, NotAFeedError } from "./found-feed.ts";
import { restMs, retryMs } from "./next-fetch.ts";
import { refusedAddress, UnreachableError } from "./public-address.ts";
import { readFeed } from "./read-feed.ts";

/** What is kept of the answer that was read last. */
export interface LastRead {
  /** What tells it from the next one; sent back as they came. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** For how long the feed itself asked to be left alone, in milliseconds. */
  readonly refreshMs: number | null;
}

interface Answered {
  readonly status: number;
  /** The address that stands for this one from now on, if redirects said so for good. */
  readonly movedTo?: string | undefined;
}

/** What came of a visit. */
export type Visited =
  | (Answered & {
      readonly is: "read";
      readonly feed: FoundFeed;
      readonly kept: LastRead;
      readonly restMs: number;
    })
  | (Answered & { readonly is: "unchanged"; readonly restMs: number })
  /** It said that it is gone for good. */
  | { readonly is: "gone"; readonly status: number }
  | { readonly is: "failed"; readonly status: number | null; readonly error: string; readonly retryMs: number }
  /** Nothing was asked: this host is left alone until then. */
  | { readonly is: "later"; readonly host: string; readonly untilMs: number };

export interface VisitDeps {
  readonly clientOf: (url: URL) => Client;
  readonly allowPrivate: boolean;
  readonly now: () => number;
}

export interface Visitor {
  /** Who asks, as the User-Agent says it. */
  readonly userAgent: string;
  /** Undefined to get the whole feed, whatever was read before. */
  readonly last: LastRead | undefined;
  readonly signal: AbortSignal;
}

const mostRedirects = 5;
const mostBytes = 2_000_000;
const longestValidator = 1_000;

/** What is longer nobody could have subscribed to. */
const longestAddress = 2_048;

const accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5";

/** Visits a feed. Rejects with the signal's reason, and where a backend or a setting is at fault; never for what a stranger does. */
export async function visit(deps: VisitDeps, address: string, visitor: Visitor): Promise<Visited> {
  let at = new URL(address);
  try {
    const headers = headersFor(visitor);
    let isForGood = true;
    let movedTo: string | undefined;
    for (let redirects = 0; ; redirects++) {
      const refused = refusedAddress(at, deps.allowPrivate);
      if (refused !== undefined)
        return failed(null, `${redirects > 0 ? "It redirects to what is not" : "It is not"} ${refused}.`);
      const { signal } = visitor;
      const response = await deps.clientOf(at)(at.href, { headers, redirect: "manual", signal });
      const location = isRedirect(response.status) ? response.headers.get("Location") : null;
      if (location === null) return await answered(deps, response, at, movedTo, visitor);
      await discard(response);
      if (redirects === mostRedirects) return failed(response.status, `It redirects more than ${mostRedirects} times.`);
      const next = URL.parse(location, at.href);
      if (next === null) return failed(response.status, "It redirects to what is no address.");
      next.hash = "";
      at = next;
      isForGood &&= response.status === 301 || response.status === 308;
      if (isForGood && next.href.length <= longestAddress) movedTo = next.href;
    }
  } catch (error) {
    visitor.signal.throwIfAborted();
    return notAnswered(error, at.host, deps.now());
  }
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function headersFor({ userAgent, last }: Visitor): Record<string, string> {
  return {
    "User-Agent": userAgent,
    Accept: accept,
    ...(last?.etag && { "If-None-Match": last.etag }),
    ...(last?.lastModified && { "If-Modified-Since": last.lastModified }),
  };
}

async function answered(
  { now }: VisitDeps,
  response: Response,
  at: URL,
  movedTo: string | undefined,
  { last }: Visitor,
): Promise<Visited> {
  const { status, headers } = response;
  const base = { status, movedTo };
  if (status === 200) {
    const bytes = await bodyOf(response);
    const feed = readFeed(bytes, headers.get("Content-Type"), at.href);
    return {
      ...base,
      is: "read",
      feed,
      kept: { ...validatorsOf(headers), refreshMs: feed.refreshMs ?? null },
      restMs: restMs(headers, feed.refreshMs, now()),
    };
  }
  await discard(response);
  if (status === 304 && last !== undefined)
    return { ...base, is: "unchanged", restMs: restMs(headers, last.refreshMs ?? undefined, now()) };
  if (status === 410) return { is: "gone", status };
  return failed(status, `It answers with the status ${status}.`, retryMs(headers, now()));
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  try {
    return await readBody(response, mostBytes);
  } catch (error) {
    throw error instanceof BodyTooLargeError || error instanceof ClientError ? error : new UnreachableError(error);
  }
}

function validatorsOf(headers: Headers): Pick<LastRead, "etag" | "lastModified"> {
  const short = (value: string | null) => (value !== null && value.length <= longestValidator ? value : null);
  return { etag: short(headers.get("ETag")), lastModified: short(headers.get("Last-Modified")) };
}

function notAnswered(error: unknown, host: string, nowMs: number): Visited {
  const isHeld = error instanceof LimitError && error.code !== "SLUICE_COST_NEVER_FITS";
  if (isHeld || error instanceof CircuitOpenError) return { is: "later", host, untilMs: error.retryAtMs ?? nowMs };
  if (error instanceof ClientError) return failed(null, "It did not answer in time.");
  if (error instanceof NotAFeedError) return failed(200, error.message);
  if (error instanceof BodyTooLargeError) return failed(200, `It is longer than ${mostBytes} bytes.`);
  // A backend that does not answer, or a mistake of ours, is nothing that the feed could be blamed for.
  if (!(error instanceof UnreachableError)) throw error;
  const { name, code } = Object(error.cause) as { readonly name?: unknown; readonly code?: unknown };
  if (name === "RefusedAddressError") return failed(null, "Its address is not one of the public Internet.");
  const isCode = typeof code === "string" && /^[A-Z][A-Z0-9_]{1,50}$/.test(code);
  return failed(null, `It could not be fetched${isCode ? `: ${code}` : ""}.`);
}

function failed(status: number | null, error: string, askedMs = 0): Visited {
  return { is: "failed", status, error, retryMs: askedMs };
}
