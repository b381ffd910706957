/** byFeedOwner: anonymous readers of a public feed spend the quota of the feed's owner. */

import { aFunction, type Rules } from "../engine/options.ts";
import { whenKnown } from "../engine/waiting.ts";
import type { Incoming } from "../http/incoming.ts";
import { type Limiter, limiter, ofSomebody } from "./limiter.ts";
import { checkGrain, checkKind, type LimiterOptions } from "./limiter-options.ts";

/** What `byFeedOwner` can be told. */
export interface ByFeedOwnerOptions<C> extends LimiterOptions<C> {
  /** The owner's id, or undefined where the feed is unknown: then nothing is charged here. Answer 404, and charge `byIp`. */
  readonly owner: (incoming: Incoming<C>) => string | undefined | Promise<string | undefined>;
}

/** What a conditional read costs that is answered 304: readers that poll politely get ten times as far. */
const conditionalCost = 0.1;

const own: Rules = { owner: aFunction("a function giving the feed owner's id") };

/**
 * Limits by feed owner; the policy is named `public-feed` unless you say otherwise.
 *
 * A conditional request is charged a tenth and settled up to 1 when it gets a full answer after all; any other is
 * charged 1 at once. A `cost` of your own replaces both. On a backend that counts whole requests only, or cannot settle,
 * every read costs 1, and `onError` hears of it once. Refusals are plain text and say nothing of the owner, and numbers
 * are shown on refusals only, since a feed's 200s are cached.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` without an `owner` function, and what every limiter throws.
 */
// biome-ignore lint/suspicious/noExplicitAny: inside rateLimit() the context is whatever Hono says; rateLimit<Env>() types it.
export function byFeedOwner<C = any>(options: ByFeedOwnerOptions<C>): Limiter<C> {
  checkKind("byFeedOwner", options, own);
  const { name = "public-feed", owner, cost = readingCost, show = "denied", body = "text" } = options;
  const charged = ofSomebody("publicFeed", "the feed is unknown");
  const made = limiter(
    {
      factory: "byFeedOwner",
      name,
      identify: (incoming) => whenKnown(owner(incoming), charged),
      settle: cost === readingCost ? answerCost : undefined,
      withheld: "feed-unavailable",
    },
    { ...options, cost, show, body },
  );
  if (cost === readingCost && made.policy !== undefined) checkGrain("byFeedOwner", conditionalCost, made.policy);
  return made;
}

function readingCost({ request }: Incoming): number {
  return request.headers.has("if-none-match") || request.headers.has("if-modified-since") ? conditionalCost : 1;
}

function answerCost({ status }: Response): number | undefined {
  return status === 304 ? conditionalCost : status < 300 ? 1 : undefined;
}
