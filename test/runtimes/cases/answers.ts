/** What answers look like: status, every header that is not the connection's own, and body. */

import { expect } from "vitest";
import type { Answer } from "../target.ts";
import type { World } from "./case.ts";
import { expectLimits, type Limit, limitFields } from "./limits.ts";

/** What an answer has to be. Header names in small letters, values as text or as vitest's asymmetric matchers. */
export interface Expected {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The limits that are announced, in order. @default none */
  readonly limits?: readonly Limit[];
  /** JSON to equal, or the text itself. */
  readonly json?: unknown;
  readonly text?: unknown;
}

/** Headers of the connection. No runtime's server has been seen to add any other. */
const transport = ["date", "connection", "keep-alive", "transfer-encoding"];

/** The headers that the app itself sends. */
export function ownHeaders({ headers }: Answer): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !transport.includes(name)));
}

/** Expects this very answer, and no header beside those named. */
export function expectAnswer(world: World, answer: Answer, { limits = [], ...expected }: Expected): void {
  const { "content-length": length, ...headers } = ownHeaders(answer);
  const { "content-length": expectedLength, ...named } = expected.headers;
  const all = { ...named, ...limitFields(world.features, limits) };
  const found = { status: answer.status, headers, body: answer.body.slice(0, 300) };
  expect(found).toEqual({ ...found, status: expected.status, headers: all });
  // Servers may send a length or a stream. Where there is one, it is right.
  if (expectedLength !== undefined) expect(length, "content-length").toEqual(expectedLength);
  if (length !== undefined && answer.body !== "") expect(length).toBe(String(Buffer.byteLength(answer.body)));
  expectLimits(world.features, answer, limits);
  if ("json" in expected) expect(JSON.parse(answer.body)).toEqual(expected.json);
  if ("text" in expected) expect(answer.body).toEqual(expected.text);
}

/** What CORS puts on every answer of the API. */
export const cors = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "RateLimit,RateLimit-Policy,Retry-After,Location,WWW-Authenticate",
} as const;

/** An answer of the API that went well. */
export const apiHeaders = { ...cors, "content-type": "application/json" } as const;

/** Any problem; those of the API have CORS beside it. */
export const problemHeaders = { "content-type": "application/problem+json", "cache-control": "no-store" } as const;

/** A limiter's refusal. */
export const refusalHeaders = { ...problemHeaders, "x-content-type-options": "nosniff" } as const;

/** A public feed, whole. */
export const feedHeaders = {
  "cache-control": "public, max-age=3600",
  "content-length": expect.stringMatching(/^[1-9]\d*$/),
  "content-type": "application/rss+xml; charset=utf-8",
  etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
  "last-modified": "Thu, 01 Jan 2026 03:00:00 GMT",
  vary: "Accept",
  "x-content-type-options": "nosniff",
} as const;

/** What a cache needs again beside a 304. */
export const notModifiedHeaders = {
  "cache-control": feedHeaders["cache-control"],
  etag: feedHeaders.etag,
  "last-modified": feedHeaders["last-modified"],
  vary: feedHeaders.vary,
} as const;

/** The body of a 429 of these policies; the wait is that of the Retry-After beside it. */
export function quotaExceeded(answer: Answer, ...policies: readonly string[]): unknown {
  return {
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
    title: "Too many requests",
    status: 429,
    detail: `Too many requests (${policies.join(", ")}). ${again(answer)}`,
    "violated-policies": policies,
  };
}

/** The sentence that tells the wait. */
export function again({ headers }: Answer): string {
  const seconds = headers["retry-after"];
  return `Try again in ${seconds} second${seconds === "1" ? "" : "s"}.`;
}
