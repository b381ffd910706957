/** Plans and overrides from the console's tables: core's resolver on a book that follows the database within seconds. */

import {
  isSluiceError,
  type PlanBook,
  type PlanResolver,
  planResolver,
  SluiceError,
  type UserPlan,
} from "@sluice/core";
import { aFunction, checkedLater, checkOptions, type Rules } from "@sluice/core/engine";
import { aDatabase, type Database } from "../database.ts";
import { aUserDirectory, type UserDirectory } from "../directory.ts";
import { planAndOverrides } from "../records/overrides.ts";
import { plansUnless } from "../records/plans.ts";
import { lineToConsole } from "../to-console.ts";
import { freshness } from "./freshness.ts";
import { type PlanLimits, thePlanLimits } from "./limits.ts";
import { liveBook } from "./live-book.ts";
import type { LivePlans } from "./live-plans.ts";
import { lookups } from "./lookups.ts";
import { overridesFrom } from "./overrides-from.ts";

/** What `livePlans` can be told. */
export interface LivePlansOptions {
  readonly db: Database;
  readonly users: UserDirectory;
  readonly limits: PlanLimits;
  /** What holds before the database was read, and without it. */
  readonly defaults: PlanBook;
  /** The plan of unknown users, and of users whose plan there is not. */
  readonly default: string;
  /**
   * Hears once when the database ceases to answer and once when it answers again, and of plans and overrides that make no sense.
   * @default one line on the console
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** @default the system's clock */
  readonly now?: (() => number) | undefined;
}

const rules: Rules = {
  db: aDatabase,
  users: aUserDirectory,
  limits: thePlanLimits,
  defaults: checkedLater,
  default: checkedLater,
  onError: aFunction(),
  now: aFunction("a function giving milliseconds"),
};

/** How old what a process knows may be, and how long a request waits, in milliseconds; decision 0019 has the reasons. */
const times = { freshMs: 2_000, staleMs: 4_000, patienceMs: 1_000 };

/**
 * Resolves users to limits by the plans and overrides of the console's tables.
 *
 * Asks nothing before it is asked. A process sees every edit within five seconds: it asks for the number of the last edit, at
 * most every two, when it is used.
 *
 * @throws ConfigError `SLUICE_PLAN_UNKNOWN` when the default plan is not among the defaults, `SLUICE_OPTION_MISSING`,
 * `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function livePlans(options: LivePlansOptions): LivePlans {
  checkOptions("livePlans()", options, rules, ["db", "users", "limits", "defaults", "default"]);
  const { db, users, limits, defaults, default: plan, now = Date.now, onError = lineToConsole } = options;
  const live = liveBook(limits, { book: defaults, plan });
  const trouble = troubles(onError);
  // Of the book.
  let version = -1;
  const looked = lookups({
    now,
    async lookup(userId): Promise<UserPlan | undefined> {
      const user = await planAndOverrides(db, users, userId, now());
      if (user === undefined) return undefined;
      // A plan made a moment ago, elsewhere: the book is as old as the last question about edits. Where there was none since,
      // there is no such plan, and asking once more for each of its users would not bring it.
      if (!Object.hasOwn(live.book, user.plan) && user.version !== version) {
        edits.expire();
        await edits.check();
      }
      const overrides = overridesFrom({ id: userId, overrides: user.overrides }, limits, trouble.tell);
      return { plan: user.plan, overrides };
    },
  });
  const resolver: PlanResolver<string> = planResolver<string, string>({
    book: live.book,
    default: plan,
    lookup: looked.lookup,
    // An edit is seen by its number, not by age: this is for users whom the app moved without a word.
    ttlMs: 60_000,
    timeoutMs: times.patienceMs,
    clock: { now },
    onError(error) {
      const code = isSluiceError(error) ? error.code : undefined;
      if (code === "SLUICE_PLAN_LOOKUP_FAILED") trouble.begin("users", error);
      else if (code === "SLUICE_PLAN_LOOKUP_RECOVERED") trouble.end("users");
      else trouble.tell(error);
    },
  });

  let taken = 0;
  const edits = freshness({
    ...times,
    now,
    async ask(question) {
      const found = await plansUnless(db, version);
      trouble.end("plans");
      if (question <= taken) return;
      taken = question;
      if (found.version === version) return looked.behind(resolver.invalidate);
      for (const mistake of live.take(found.plans)) trouble.tell(mistake);
      version = found.version;
      resolver.invalidate();
    },
    onFailure(problem, cause) {
      const message = `the plans could not be read (${problem}); what was last known holds`;
      trouble.begin("plans", new SluiceError("SLUICE_PLAN_LOOKUP_FAILED", message, { cause }));
    },
  });

  return {
    defaults: { book: defaults, plan },
    limit(name) {
      const source = resolver.limit(name);
      return (userId, incoming) => {
        const wait = edits.check(incoming);
        return wait === undefined ? source(userId, incoming) : wait.then(() => source(userId, incoming));
      };
    },
    resolve(userId) {
      const wait = edits.check();
      return wait === undefined ? resolver.resolve(userId) : wait.then(() => resolver.resolve(userId));
    },
    planOf: (userId) => resolver.known(userId)?.plan,
    invalidate() {
      edits.expire();
      resolver.invalidate();
    },
  };
}

/** Tells of the beginning of trouble and of its end, not of each time in between. */
function troubles(onError: (error: unknown) => void) {
  const places = new Set<string>();
  const tell = (error: unknown): void => {
    try {
      onError(error);
    } catch (second) {
      lineToConsole(error);
      lineToConsole(second);
    }
  };
  return {
    tell,
    begin(where: "plans" | "users", error: unknown): void {
      if (places.size === 0) tell(error);
      places.add(where);
    },
    end(where: "plans" | "users"): void {
      if (!places.delete(where) || places.size > 0) return;
      tell(new SluiceError("SLUICE_PLAN_LOOKUP_RECOVERED", "plans can be looked up again"));
    },
  };
}
