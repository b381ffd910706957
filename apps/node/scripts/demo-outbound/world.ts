/** Who is to be found, and the truth about each: what the services know, and what the demo has to end with. */

import type { EmailState } from "@sluice/feeds/schema";

export const serviceNames = ["search", "grok", "millionVerifier", "supabase"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What a verifier says of an address. */
export type Verdict = "ok" | "catch_all" | "unknown" | "disposable" | "invalid";

export interface Prospect {
  /** From 1. */
  readonly n: number;
  readonly name: string;
  /** Where it is at home; undefined: nobody knows a site of it. */
  readonly site: string | undefined;
  /** Whether whoever put it on the list knew the site. */
  readonly isSiteGiven: boolean;
  /** What is written on its site; undefined: no address. */
  readonly email: string | undefined;
  readonly verdict: Verdict;
  /** How it has to end. */
  readonly ends: EmailState;
}

const firsts =
  "Amber Birch Cedar Dune Ember Fern Garnet Harbor Indigo Juniper Kestrel Linden Maple North Olive Pine Quartz River Sable Tern";
const seconds =
  "Bakery Books Ceramics Cycles Dairy Design Foundry Gardens Glass Hotel Joinery Looms Optics Press Records Roasters";

const [first, second] = [firsts.split(" "), seconds.split(" ")];

/** There are no more names. */
export const mostProspects: number = first.length * second.length;

/** Whoever has an address on its site has a good one in two cases of five. */
const verdicts: readonly Verdict[] = [
  "ok",
  "invalid",
  "catch_all",
  "ok",
  "disposable",
  "invalid",
  "ok",
  "unknown",
  "ok",
  "invalid",
];
const states = {
  ok: "valid",
  catch_all: "risky",
  unknown: "risky",
  disposable: "invalid",
  invalid: "invalid",
} as const;

/** The n-th prospect, from 1. */
export function prospect(n: number): Prospect {
  const [one = "", two = ""] = [
    first[n % first.length],
    second[(n * 7 + Math.floor(n / first.length)) % second.length],
  ];
  const domain = `${one}-${two}.example`.toLowerCase();
  const site = n % 25 === 13 ? undefined : `https://${domain}/`;
  const email = site === undefined || n % 10 === 6 ? undefined : `hello@${domain}`;
  const verdict = verdicts[Math.floor(n / 3) % verdicts.length] ?? "ok";
  return {
    n,
    name: `${one} ${two}`,
    site,
    isSiteGiven: site !== undefined && n % 5 === 0,
    email,
    verdict,
    ends: email === undefined ? "none" : states[verdict],
  };
}

/** All of them, from 1 to `count`. */
export function everybody(count: number): readonly Prospect[] {
  return Array.from({ length: count }, (_, i) => prospect(i + 1));
}

/** Whether a service has to be asked about somebody. */
export const isAsked: Readonly<Record<ServiceName, (one: Prospect) => boolean>> = {
  search: ({ isSiteGiven }) => !isSiteGiven,
  grok: ({ site }) => site !== undefined,
  millionVerifier: ({ email }) => email !== undefined,
  supabase: () => true,
};
