/** Exact counts on Cloudflare Workers: each shard is one Durable Object, which decides in one call. */

import type { Backend, Features } from "../engine/backend.ts";
import { checkBlock } from "../engine/block.ts";
import {
  type Charge,
  checkIdentity,
  type Identity,
  mergeCharges,
  type Outcome,
  unmergedOutcome,
} from "../engine/charge.ts";
import { checkLease } from "../engine/lease.ts";
import { aCount, checkedLater, checkOptions, oneOf, type Rules } from "../engine/options.ts";
import { settleOnce } from "../engine/settle-once.ts";
import { type Place, settleAll, shardByShard } from "../remote/shard-by-shard.ts";
import { aDeadline, type Deadline, within } from "../resilience/deadline.ts";
import { type DenyCacheOptions, denyCache } from "../resilience/deny-cache.ts";
import { chargeCheck } from "./durable-object-check.ts";
import { distinctGroups, groupByGroup } from "./durable-object-groups.ts";
import {
  backendName,
  blockIn,
  decideIn,
  leaseIn,
  objectPlace,
  resetIn,
  type Send,
  wrongBinding,
} from "./durable-object-place.ts";
import { allKnown, leaseObjectOf, objectOf } from "./durable-object-shards.ts";

export { SluiceLimiter } from "./durable-object-limiter.ts";

const locationHints = ["wnam", "enam", "sam", "weur", "eeur", "apac", "apac-ne", "apac-se", "oc", "afr", "me"] as const;

/** Where an object may be asked to begin. */
export type LocationHint = (typeof locationHints)[number];

/** A Durable Object namespace, by the one method that is used: `env.LIMITER`, bound to `SluiceLimiter`. */
export interface LimiterNamespace {
  getByName(
    name: string,
    options?: {
      readonly locationHint?: LocationHint;
      readonly retry?: { readonly maxRetries?: number; readonly timeoutMs?: number };
    },
  ): object;
}

/** What `durableObject()` can be told. */
export interface DurableObjectOptions {
  /**
   * How many objects share the counters that have no shard, such as those of anonymous addresses; each takes some hundreds
   * of decisions a second. Another number moves counters to other objects, where they begin anew.
   * @default 64
   */
  readonly anonymousShards?: number;
  /**
   * The longest that a decision may take, in milliseconds; then the limiters' failure rules decide.
   *
   * A warm object answers in tens of milliseconds and a cold one mostly in hundreds, but some have been seen to take
   * 1.5 to 8 s: rather than wait that long for its permission, a request meets the rule.
   * @default 2_000
   */
  readonly deadlineMs?: number;
  /**
   * Remembers denials in this isolate; `false` asks the object every time.
   * @default a second, 10,000 keys
   */
  readonly denyCache?: false | DenyCacheOptions;
  /**
   * Where new objects begin; those that exist stay where they are.
   * @default near the caller who comes first
   */
  readonly locationHint?: LocationHint;
}

const features: Features = {
  scope: "global",
  exact: true,
  durable: true,
  remaining: true,
  cost: true,
  delay: true,
  settle: true,
  reset: true,
  block: true,
  lease: true,
  acrossShards: false,
};

const rules: Rules = {
  anonymousShards: aCount,
  deadlineMs: aDeadline,
  denyCache: checkedLater,
  locationHint: oneOf(...locationHints),
};

/**
 * Counts in Durable Objects: one for each shard, and a bounded number for keys without one.
 *
 * @throws ConfigError `SLUICE_BINDING_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function durableObject(namespace: LimiterNamespace, options: DurableObjectOptions = {}): Backend {
  checkNamespace(namespace);
  checkOptions("durableObject()", options, rules);
  const { anonymousShards = 64, deadlineMs = 2_000, locationHint } = options;
  const check = chargeCheck();
  const dueOf = settleOnce();
  const stubOptions = { retry: retryWithin(deadlineMs), ...(locationHint && { locationHint }) };
  const nameOf = (identity: Identity): string | Promise<string> => objectOf(identity, anonymousShards);

  /** A stub belongs to the request it was made in, and one that met an exception stays broken: each call makes its own. */
  const sendTo =
    (name: string): Send =>
    (message) =>
      (namespace.getByName(name, stubOptions) as { ask: Send }).ask(message);

  const apart = async (names: readonly string[], charges: readonly Charge[], deadline: Deadline): Promise<Outcome> => {
    const places = new Map(names.map((name) => [name, objectPlace(sendTo(name))]));
    return await shardByShard(
      charges,
      names.map((name) => places.get(name) as Place),
      deadline,
    );
  };

  const decided = async (charges: readonly Charge[], deadline: Deadline): Promise<Outcome> => {
    const names = await allKnown(charges.map(nameOf));
    const [name] = names;
    if (name === undefined || names.some((each) => each !== name)) return await apart(names, charges, deadline);
    const [outcome] = await decideIn(sendTo(name), [charges], deadline);
    return outcome as Outcome;
  };

  const backend: Backend = {
    name: backendName,
    features,
    supports: () => undefined,

    async consume(asked) {
      const merged = asked.length > 1 ? mergeCharges(asked) : undefined;
      const charges = merged?.charges ?? asked;
      check(charges);
      const outcome = await within(backendName, deadlineMs, (deadline) => decided(charges, deadline));
      return merged ? unmergedOutcome(asked, merged, outcome) : outcome;
    },

    async consumeEach(asked) {
      const groups = distinctGroups(asked, check);
      return await within(backendName, deadlineMs, async (deadline) => {
        const names = await Promise.all(groups.map(async ({ charges }) => await allKnown(charges.map(nameOf))));
        return await groupByGroup(groups, names, {
          decide: (name, batch) => decideIn(sendTo(name), batch, deadline),
          decideApart: (own, charges) => apart(own, charges, deadline),
        });
      });
    },

    async settle(entries) {
      const due = dueOf(entries);
      if (due.length === 0) return;
      await within(backendName, deadlineMs, async (deadline) => {
        const names = await allKnown(due.map(({ decision }) => nameOf(decision)));
        const places = new Map(names.map((name) => [name, objectPlace(sendTo(name))]));
        const placed = due.map((each, i) => ({ due: each, place: places.get(names[i] as string) as Place }));
        await settleAll(placed, deadline);
      });
    },

    async reset(identity) {
      checkIdentity(identity);
      await within(backendName, deadlineMs, async (deadline) => {
        await resetIn(sendTo(await nameOf(identity)), identity, deadline);
      });
    },

    async block(identity, forMs, { shorten } = {}) {
      checkBlock(identity, forMs);
      await within(backendName, deadlineMs, async (deadline) => {
        await blockIn(sendTo(await nameOf(identity)), identity, forMs, shorten, deadline);
      });
    },

    async lease(request) {
      checkLease(request);
      return await within(backendName, deadlineMs, async (deadline) => {
        return await leaseIn(sendTo(await leaseObjectOf(request.name)), request, deadline);
      });
    },
  };
  return options.denyCache === false ? backend : denyCache(backend, options.denyCache);
}

/**
 * The platform itself sends a call again, but only one that has not begun, so nothing is charged twice; here it must not do
 * so when nobody waits any more. It takes 500 to 60,000 ms for that.
 */
function retryWithin(deadlineMs: number): { readonly maxRetries: 0 } | { readonly timeoutMs: number } {
  return deadlineMs < 500 ? { maxRetries: 0 } : { timeoutMs: Math.min(deadlineMs, 60_000) };
}

function checkNamespace(namespace: unknown): void {
  const { getByName } = Object(namespace) as Partial<LimiterNamespace>;
  if (typeof getByName !== "function") throw wrongBinding(namespace);
}
