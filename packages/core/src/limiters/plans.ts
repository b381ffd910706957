/** Plans as data: who has which plan and which overrides, looked up once in a while and never on a request's time. */

import { type Clock, systemClock } from "../engine/clock.ts";
import { ConfigError, SluiceError } from "../engine/errors.ts";
import { aClock, aCount, aFunction, checkedLater, checkOptions, type Rules } from "../engine/options.ts";
import { whenKnown } from "../engine/waiting.ts";
import type { Incoming } from "../http/incoming.ts";
import { complaints } from "./hooks.ts";
import { blocked, type Limit } from "./limiter-options.ts";
import { type Override, sensible } from "./overrides.ts";
import type { PlanBook } from "./plan-book.ts";
import { planCache } from "./plan-cache.ts";

/** What the lookup tells of a user. */
export interface UserPlan<L extends string = string> {
  readonly plan: string;
  /** By the limit's name. One named `*` holds for every limit and comes before the others: a block, with its end. */
  readonly overrides?: Readonly<Partial<Record<L | "*", Override>>> | undefined;
}

/** What `planResolver` can be told. */
export interface PlanResolverOptions<P extends string, L extends string> {
  /** Read anew at each use: its plans may come, go and change while the app runs, all but the default. */
  readonly book: PlanBook<P, L>;
  /** The plan of unknown users, of users with a plan that is not in the book, and while nothing is known. */
  readonly default: P;
  /** Asks the database; undefined for a user it does not know. */
  readonly lookup: (userId: string) => UserPlan<L> | undefined | Promise<UserPlan<L> | undefined>;
  /**
   * For how long a lookup is fresh, in milliseconds. Afterwards it still answers while it is looked up anew.
   * @default 2_000
   */
  readonly ttlMs?: number;
  /**
   * How many users are remembered; the longest unseen go first.
   * @default 10_000
   */
  readonly maxUsers?: number;
  /**
   * How long a request waits for the plan of a user not seen before, in milliseconds; then the default plan serves, until
   * the answer comes.
   * @default 2_000
   */
  readonly timeoutMs?: number;
  /**
   * Hears of lookups that begin or cease to fail, of plans that are not in the book and of overrides that make no sense.
   * @default one line on the console
   */
  readonly onError?: (error: unknown) => void | Promise<void>;
  readonly clock?: Clock;
}

/** Resolves users to limits. */
export interface PlanResolver<L extends string> {
  /** A limit source for `byUser` and `byFeedOwner`: precedence is override, plan, default plan. */
  limit(name: L): (userId: string, incoming?: Pick<Incoming, "waitUntil">) => Limit | Promise<Limit>;
  /** What is known of one user, expired overrides included. */
  resolve(userId: string): UserPlan<L> | Promise<UserPlan<L>>;
  /** What was last known of one user, however old; undefined for a user not seen, or not any more. Asks nobody. */
  known(userId: string): UserPlan<L> | undefined;
  /** After an edit: this user, or everyone, is looked up anew before the next decision. */
  invalidate(userId?: string): void;
}

const rules: Rules = {
  book: [(book: unknown) => typeof book === "object" && book !== null, "made by planBook()"],
  default: checkedLater,
  lookup: aFunction("a function of the user's id"),
  ttlMs: aCount,
  timeoutMs: aCount,
  maxUsers: aCount,
  onError: aFunction(),
  clock: aClock,
};

/** So many strange plans and overrides are told of, once each. */
const tellings = 100;

/**
 * Resolves plans with a cache: stale answers serve while one lookup is under way, failures keep what was last known.
 *
 * @throws ConfigError `SLUICE_PLAN_UNKNOWN` when the default is not in the book, `SLUICE_OPTION_TYPE` for bad numbers.
 */
export function planResolver<P extends string, L extends string>(options: PlanResolverOptions<P, L>): PlanResolver<L> {
  checkOptions("planResolver()", options, rules, ["book", "lookup"]);
  const { book, lookup, ttlMs = 2_000, timeoutMs = 2_000, maxUsers = 10_000, clock = systemClock } = options;
  if (!Object.hasOwn(book, options.default)) {
    const cure = `Plans are ${Object.keys(book).join(", ")}.`;
    throw new ConfigError("SLUICE_PLAN_UNKNOWN", "the default plan is not in the book", options.default, cure);
  }
  const complain = complaints(options.onError);
  const told = new Set<string>();
  const tellOnce = (code: string, problem: string): void => {
    if (told.has(problem) || told.size >= tellings) return;
    told.add(problem);
    complain(new SluiceError(code, problem));
  };

  const fallback: UserPlan<L> = { plan: options.default };
  const look = async (userId: string): Promise<UserPlan<L>> => {
    const user = (await lookup(userId)) ?? fallback;
    if (!user.overrides) return user;
    const overrides = sensible(user.overrides, (name, reason) => {
      const problem = `override ${JSON.stringify(name)} of user ${JSON.stringify(userId)} is left out`;
      tellOnce("SLUICE_PLAN_OVERRIDE", `${problem}: ${reason instanceof Error ? reason.message : reason}`);
    });
    return { ...user, overrides };
  };
  const cache = planCache({ lookup: look, fallback, ttlMs, timeoutMs, maxUsers, clock, complain });

  const holds = ({ expiresAtMs }: Override): boolean => clock.now() < (expiresAtMs ?? Number.POSITIVE_INFINITY);

  const chosen = (user: UserPlan<L>, name: L): Limit => {
    if (user.overrides) {
      const every = user.overrides["*"];
      if (every !== undefined && holds(every)) return isBlock(every) ? blocked : every.limit;
      const own = user.overrides[name];
      if (own !== undefined && holds(own)) return own.limit;
    }
    if (Object.hasOwn(book, user.plan)) return book[user.plan as P][name];
    const problem = `plan ${JSON.stringify(user.plan)} is not in the book; ${options.default} serves instead`;
    tellOnce("SLUICE_PLAN_UNKNOWN", problem);
    return book[options.default][name];
  };

  return {
    resolve: (userId) => cache.get(userId),
    known: cache.peek,
    invalidate: cache.invalidate,

    limit(name) {
      if (!Object.hasOwn(book[options.default], name)) {
        const cure = `Limits are ${Object.keys(book[options.default]).join(", ")}.`;
        throw new ConfigError("SLUICE_PLAN_UNKNOWN", "the plan book has no such limit", name, cure);
      }
      return (userId, incoming) => whenKnown(cache.get(userId, incoming), (user) => chosen(user, name));
    },
  };
}

function isBlock({ limit }: Override): boolean {
  return limit !== "unlimited" && limit.limit === 0;
}
