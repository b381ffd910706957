/** One failure rule around a backend: where it fails its charges pass, are denied, or are put to another backend. */

import type { Backend, Features } from "../engine/backend.ts";
import type { Outcome } from "../engine/charge.ts";
import type { SluiceError } from "../engine/errors.ts";
import { aBackend, aFunction, checkOptions, isBackend, type Rules } from "../engine/options.ts";
import { isPromise } from "../engine/waiting.ts";
import { type FailureRule, failureRules } from "./failure-rules.ts";
import { everyOne } from "./layered-passage.ts";

/** What `fallback()` can be told. */
export interface FallbackOptions {
  /**
   * Hears of backends that begin to fail (`SLUICE_BACKEND_FAILED`, the error is its `cause`) and answer again
   * (`SLUICE_BACKEND_RECOVERED`), once for each change. What it throws is ignored.
   * @default one line on the console
   */
  readonly onChange?: (change: SluiceError) => void | Promise<void>;
}

const rules: Rules = {
  backend: aBackend,
  rule: [(rule: unknown) => rule === "open" || rule === "closed" || isBackend(rule), "open, closed or a backend"],
  onChange: aFunction(),
};

/**
 * A backend that never fails: where `backend` does, `rule` decides. `open` allows and counts nothing, `closed` denies
 * without a wait, another backend decides in its place. Decisions say so by `via`: `open`, `closed`, `fallback`.
 *
 * It is for backends outside the middleware, and for one layer among others. In the middleware limiters have rules of
 * their own (`onFailure`), which behind this one never have to speak: `closed` there does not close what is open here.
 *
 * Charges with a `ConfigError` are mistakes and throw, `reset` and `block` reject where they fail, and settlements that fail
 * are reported. A `block` goes to both; a `lease` is granted by `backend` or by nobody. `open` and `closed` are no parts with
 * features: what the backend claims holds for decisions without `via`, and those with it have no numbers, are booked nowhere
 * and settle nothing. With another backend it claims what both can, but for `remaining`: whether a decision of the other has
 * numbers is the other's affair. One that counts nothing at all is as good as `open`.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_MISSING` or `SLUICE_OPTION_UNKNOWN`.
 */
export function fallback(backend: Backend, rule: FailureRule, options: FallbackOptions = {}): Backend {
  checkOptions("fallback()", { backend, rule, ...options }, rules, ["backend", "rule"]);
  const { onChange = toConsole } = options;
  const other = typeof rule === "object" ? rule : undefined;
  const features = other === undefined ? backend.features : weaker(backend.features, other.features);
  const ruleOf = (): FailureRule => rule;
  const ruled = failureRules(backend, (change) => {
    try {
      const heard = onChange(change);
      if (isPromise(heard)) Promise.resolve(heard).catch(() => {});
    } catch {
      // Whoever listens must not decide.
    }
  });

  const { consumeEach, reset, block, lease } = backend;
  return {
    name: backend.name,
    features,
    supports: (policy) => backend.supports(policy) ?? other?.supports(policy),
    consume: (charges) => ruled.consume(charges, ruleOf),
    ...(consumeEach && {
      consumeEach(groups) {
        const answered = (outcomes: readonly Outcome[]): readonly Outcome[] => outcomes.map(ruled.answered);
        const failed = async (cause: unknown): Promise<readonly Outcome[]> => {
          const outcomes: Outcome[] = [];
          for (const group of groups) outcomes.push(await ruled.instead(cause, group, ruleOf));
          return outcomes;
        };
        try {
          const outcomes = consumeEach.call(backend, groups);
          return isPromise(outcomes) ? outcomes.then(answered, failed) : answered(outcomes);
        } catch (cause) {
          return failed(cause);
        }
      },
    }),
    ...(features.settle && { settle: (entries) => ruled.settle(entries) }),
    ...(reset &&
      features.reset && {
        reset: (identity) => everyOne([backend, other].map((each) => () => each?.reset?.(identity))),
      }),
    // Either may be asked next, so both have to know.
    ...(block &&
      features.block && {
        block: (identity, forMs, options) =>
          everyOne([backend, other].map((each) => () => each?.block?.(identity, forMs, options))),
      }),
    // Two places would grant one name twice: where the backend fails, nobody gets it.
    ...(lease && { lease: (request) => lease.call(backend, request) }),
  };
}

/** From what nobody shares to what everybody does. */
const scopes: readonly Features["scope"][] = ["process", "machine", "location", "global"];

/** What both can. */
function weaker(a: Features, b: Features): Features {
  if (b.scope === "none") return a;
  return {
    scope: scopes.indexOf(a.scope) < scopes.indexOf(b.scope) ? a.scope : b.scope,
    exact: a.exact && b.exact,
    durable: a.durable && b.durable,
    remaining: a.remaining,
    cost: a.cost && b.cost,
    delay: a.delay && b.delay,
    settle: a.settle && b.settle,
    reset: a.reset && b.reset,
    block: a.block && b.block,
    lease: a.lease,
    acrossShards: a.acrossShards && b.acrossShards,
  };
}

function toConsole(change: SluiceError): void {
  console.warn(change.message);
}
