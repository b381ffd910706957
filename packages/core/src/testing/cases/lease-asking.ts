/** How cases ask for leases, and what they say of the answers. */

import type { LeaseAnswer, LeaseRequest } from "../../engine/lease.ts";
import type { Trial } from "../case.ts";
import { same } from "../conformance-error.ts";

// Leases have no algorithm: they are put to a backend once.
export const once = { promise: 14, algorithms: ["token-bucket"], policies: {} } as const;
export const hourMs = 3_600_000;
export const ttlMs = 10_000;

export type Details<Verb> = Partial<Extract<LeaseRequest, { readonly verb: Verb }>>;

export const look = (t: Trial, name = "n"): Promise<LeaseAnswer> => t.lease({ name, verb: "look" });
export const take = (t: Trial, details: Details<"take"> = {}): Promise<LeaseAnswer> =>
  t.lease({ name: "n", ttlMs, ...details, verb: "take" });
export const renew = (t: Trial, fence: number, details: Details<"renew"> = {}): Promise<LeaseAnswer> =>
  t.lease({ name: "n", ttlMs, ...details, verb: "renew", fence });

/** How things stand, whatever the order in which an answer names them. */
export async function stands(what: string, asked: Promise<LeaseAnswer>, expected: LeaseAnswer): Promise<void> {
  const parts = ({ granted, fence, leftMs, note }: LeaseAnswer): unknown => ({ granted, fence, leftMs, note });
  same(what, parts(await asked), parts(expected));
}

export async function taken(t: Trial, what: string, details?: Details<"take">): Promise<number> {
  const { granted, fence } = await take(t, details);
  same(`${what}: granted`, granted, true);
  return fence;
}

/** Who has lost it is told so, and how things stand. */
export async function refused(what: string, asked: Promise<LeaseAnswer>, fence: number): Promise<void> {
  const answer = await asked;
  same(`${what}: granted and fence`, [answer.granted, answer.fence], [false, fence]);
}
