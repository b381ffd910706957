/** RateLimit and RateLimit-Policy, in the forms of drafts 6 to 11 of draft-ietf-httpapi-ratelimit-headers. */

import type { Announced } from "./advice.ts";
import { type Left, left, lesser, type Sent, untilResetMs } from "./left.ts";
import { type Item, nameOf, structuredDictionary, structuredList, wholeOf } from "./structured.ts";

/** What RateLimit-Policy says. */
export interface Policies {
  readonly announced: readonly Announced[];
  /** Names of limits that do not count requests. */
  readonly others: ReadonlySet<string>;
}

/** Nothing is announced. */
export const noPolicies: Policies = { announced: [], others: new Set() };

/** Windows of more than a year are no limit of anybody's. */
const longestWindow = 366 * 86_400;

/** The draft's prose has the one, its table the other. */
const isRequests = (unit: string | undefined): boolean => unit === "requests" || unit === "request";

/**
 * The limits in a RateLimit-Policy that have a limit of at least 1 and a window, and count requests: `"name";q=100;w=60`, or
 * before draft 8 `100;w=60`. Items that are neither are ignored, and the whole field if it is no list.
 */
export function policiesOf(field: string): Policies {
  const items = structuredList(field);
  if (items === undefined) return noPolicies;
  const announced: Announced[] = [];
  const others = new Set<string>();
  for (const { bare, parameters } of items) {
    const name = nameOf(bare);
    const unit = parameters.get("qu");
    if (unit !== undefined && !isRequests(nameOf(unit))) {
      if (name !== undefined) others.add(name);
      continue;
    }
    const limit = name === undefined ? wholeOf(bare) : wholeOf(parameters.get("q"));
    const window = wholeOf(parameters.get("w"));
    if (limit === undefined || limit < 1 || window === undefined || window < 1 || window > longestWindow) continue;
    announced.push({ limit, windowMs: window * 1000 });
  }
  return { announced, others };
}

/**
 * What a RateLimit field leaves: of `"name";r=50;t=30, …` (drafts 8 to 11) or `limit=100, remaining=50, reset=30` (draft 7).
 * A limit in other units than requests only counts when nothing is left of it.
 */
export function rateLimitOf(field: string, others: ReadonlySet<string>): Left | undefined {
  const items = structuredList(field);
  if (items === undefined) return draft7(structuredDictionary(field));
  let least: Left | undefined;
  for (const { bare, parameters } of items) {
    const name = nameOf(bare);
    const units = wholeOf(parameters.get("r"));
    if (name === undefined || units === undefined || (units > 0 && others.has(name))) continue;
    const t = parameters.get("t");
    const seconds = wholeOf(t);
    // A window that cannot be read makes the whole item one that cannot.
    if (t !== undefined && seconds === undefined) continue;
    least = lesser(least, left(units, seconds === undefined ? undefined : seconds * 1000));
  }
  return least;
}

/**
 * What RateLimit-Remaining and RateLimit-Reset leave (draft 6); undefined if either is no integer. A reset too late to be so
 * many seconds is an instant, as some send it.
 */
export function draft6Of(remaining: string, reset: string | null, sent: Sent): Left | undefined {
  const units = integerItem(remaining);
  const resets = reset === null ? undefined : integerItem(reset);
  return units === undefined || resets === undefined ? undefined : left(units, untilResetMs(resets, sent));
}

function integerItem(field: string): number | undefined {
  const items = structuredList(field);
  return items?.length === 1 ? wholeOf(items[0]?.bare) : undefined;
}

function draft7(members: ReadonlyMap<string, Item> | undefined): Left | undefined {
  const units = wholeOf(members?.get("remaining")?.bare);
  const seconds = wholeOf(members?.get("reset")?.bare);
  return units === undefined || seconds === undefined ? undefined : left(units, seconds * 1000);
}
