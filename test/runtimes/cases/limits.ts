/** What a backend's features let clients see of a limit, and what they did see, read by a parser that is not ours. */

import type { Features } from "@sluice/core/engine";
import { isInnerList, parseList } from "structured-headers";
import { expect } from "vitest";
import type { Answer } from "../target.ts";

export type PolicyName = "ip" | "api" | "public-feed";

/** A limit as an answer announces it. */
export interface Limit {
  readonly name: PolicyName;
  readonly quota: number;
  readonly seconds: number;
  /** Units left, from and to, both included; any number where it is not told. */
  readonly left?: readonly [least: number, most: number];
}

/** Quotas a minute. */
export const perMinute = {
  api: { free: 60, pro: 180, enterprise: 600 },
  feed: { free: 17, pro: 167, enterprise: 1_667 },
} as const;

/** The limit by address: so many in ten seconds. */
export const perAddress = 100;

export function ip(left?: Limit["left"]): Limit {
  return { name: "ip", quota: perAddress, seconds: 10, ...(left && { left }) };
}

export function api(quota: number, left?: Limit["left"]): Limit {
  return { name: "api", quota, seconds: 60, ...(left && { left }) };
}

export function publicFeed(quota: number, left?: Limit["left"]): Limit {
  return { name: "public-feed", quota, seconds: 60, ...(left && { left }) };
}

/** Whether a policy refuses anybody: the limit by address does so everywhere, since it keeps strangers from guessing. */
export function isLimited({ scope }: Features, policy: PolicyName): boolean {
  return policy === "ip" || scope !== "none";
}

/** Whether answers tell what is left: what is not known is not invented. */
export function isKnown({ scope, remaining }: Features, policy: PolicyName): boolean {
  return policy === "ip" && scope === "none" ? true : remaining;
}

/** Whether a backend counts in windows of the clock on the wall, all of which begin when their length divides the time. */
export function countsInWindows({ scope }: Features): boolean {
  return scope === "location";
}

/** Whether two instances count together. */
export function countsTogether({ scope }: Features): boolean {
  return scope !== "process" && scope !== "none";
}

/** What Retry-After says of a single unit: the platform's window where one counts, else when the next unit has refilled. */
export function retryAfter(features: Features, { quota, seconds }: Limit): { readonly "retry-after": unknown } {
  if (countsInWindows(features)) return { "retry-after": String(seconds) };
  const waits = Array.from({ length: Math.ceil(seconds / quota) }, (_, index) => index + 1);
  return { "retry-after": expect.stringMatching(`^(?:${waits.join("|")})$`) };
}

/** The names of the fields that announce these limits, each with any value; `expectLimits` says which. */
export function limitFields(features: Features, limits: readonly Limit[]): Readonly<Record<string, unknown>> {
  if (limits.length === 0) return {};
  const policies = { "ratelimit-policy": expect.any(String) };
  return limits.some(({ name }) => isKnown(features, name)) ? { ...policies, ratelimit: expect.any(String) } : policies;
}

/** Expects exactly these limits, in this order. */
export function expectLimits(features: Features, answer: Answer, limits: readonly Limit[]): void {
  const policies = limits.map(({ name, quota, seconds }) => ({ name, q: quota, w: seconds }));
  expect(members(answer.headers["ratelimit-policy"]), "RateLimit-Policy").toEqual(policies);
  const known = limits.filter(({ name }) => isKnown(features, name));
  const told = members(answer.headers["ratelimit"]);
  expect(
    told.map(({ name }) => name),
    "RateLimit",
  ).toEqual(known.map(({ name }) => name));
  for (const [index, { name, quota, seconds, left = [0, quota] }] of known.entries()) {
    const { r, t, ...rest } = told[index] as Member;
    expect(Object.keys(rest), `parameters of ${name}`).toEqual(["name"]);
    expect(r, `r of ${name}`).toBeGreaterThanOrEqual(left[0]);
    expect(r, `r of ${name}`).toBeLessThanOrEqual(left[1]);
    // Within `t` no more than `r` can be used; with nothing left, that is when the next unit comes. What costs more than is
    // left may fit before.
    const [soonest, latest] = r ? [answer.status === 429 ? 0 : r, r] : [0, 1];
    expect(t, `t of ${name}`).toBeGreaterThanOrEqual(Math.max(1, Math.ceil((soonest * seconds) / quota)));
    expect(t, `t of ${name}`).toBeLessThanOrEqual(Math.max(1, Math.ceil((latest * seconds) / quota)));
  }
}

type Member = { readonly name: unknown } & Readonly<Record<string, unknown>> & { readonly r?: number; t?: number };

/** The members of a list of structured fields (RFC 9651), each with its parameters. */
function members(field: string | undefined): readonly Member[] {
  return parseList(field ?? "").map((member) => {
    if (isInnerList(member)) throw new Error(`an inner list in ${field}`);
    const [name, parameters] = member;
    return { name, ...Object.fromEntries(parameters) };
  });
}
