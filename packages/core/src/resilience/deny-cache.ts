/** Denials remembered where they were heard: while they hold, the same question is answered without asking again. */

import type { Backend } from "../engine/backend.ts";
import { type Charge, type Decision, type Identity, mergeCharges, type Outcome } from "../engine/charge.ts";
import { type Clock, systemClock } from "../engine/clock.ts";
import { aBackend, aClock, aCount, checkOptions, type Rules } from "../engine/options.ts";
import { isPromise } from "../engine/waiting.ts";
import { denials, isPlain } from "./denials.ts";

/** What `denyCache()` can be told. */
export interface DenyCacheOptions {
  /**
   * The longest that a denial is remembered, in milliseconds: so long a reset, a refund, a block or a raised override of
   * another process may go unseen.
   * @default 1_000
   */
  readonly maxMs?: number;
  /**
   * Of how many counters denials are remembered; beyond it the oldest are forgotten, and asked for again.
   * @default 10_000
   */
  readonly maxKeys?: number;
  /**
   * Measures how long ago a denial was heard.
   * @default this machine's clock
   */
  readonly clock?: Clock;
}

const rules: Rules = { maxMs: aCount, maxKeys: aCount, clock: aClock };

/**
 * Answers charges that were just denied with `via: "cache"`.
 *
 * What it says was true when the backend said it, and neither time before `retryAfterMs` nor other charges can make it
 * false. What can, `settle`, `reset` and `block` through this cache and whatever happens under other numbers, makes it
 * forget. Only the very cost that was denied is answered, and never a peek, a shadow, a least cost or a charge that accepts
 * a delay.
 *
 * Of several charges one that is known to be denied is enough: of the others nothing is said, as behind a denial in
 * another shard. Where one of them is a peek all are asked, since somebody wants to know. `consumeEach` is always asked.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_MISSING` or `SLUICE_OPTION_UNKNOWN`.
 */
export function denyCache(backend: Backend, options: DenyCacheOptions = {}): Backend {
  checkOptions("denyCache()", options, rules);
  checkOptions("denyCache()", { backend }, { backend: aBackend }, ["backend"]);
  const { maxMs = 1_000, maxKeys = 10_000, clock = systemClock } = options;
  const known = denials(maxKeys, maxMs);

  const learn = (charges: readonly Charge[], outcome: Outcome, turn: number, askedAt: number): Outcome => {
    // Charges of one counter were denied as their sum.
    if (outcome.allowed || hasTwins(charges)) return outcome;
    const heardAt = clock.now();
    for (const [index, charge] of charges.entries()) {
      const decision = outcome.decisions[index] as Decision;
      const { allowed, retryAfterMs, via } = decision;
      // What a stand-in says is not the backend's word.
      if (allowed || retryAfterMs === undefined || via !== undefined || !isPlain(charge)) continue;
      known.remember({ decision, turn, askedAt, heardAt });
    }
    return outcome;
  };

  const consume = (charges: readonly Charge[]): Outcome | Promise<Outcome> => {
    const now = clock.now();
    const turn = known.ask(now);
    const denied = known.isEmpty() ? undefined : denial(charges, (charge) => known.recall(charge, now));
    if (denied !== undefined) return denied;
    const answer = backend.consume(charges);
    return isPromise(answer)
      ? answer.then((outcome) => learn(charges, outcome, turn, now))
      : learn(charges, answer, turn, now);
  };

  const forget = (identities: readonly Identity[]): void => {
    for (const identity of identities) known.forget(identity);
  };

  const { settle, consumeEach, reset, block, lease } = backend;
  return {
    name: backend.name,
    features: backend.features,
    supports: (policy) => backend.supports(policy),
    consume,
    ...(consumeEach && {
      consumeEach(groups) {
        for (const charge of groups.flat()) known.notice(charge);
        return consumeEach.call(backend, groups);
      },
    }),
    ...(settle && {
      settle(entries) {
        // What cost less frees units, and what cost more makes waits longer.
        const changed = entries.flatMap(({ decision, cost }) => (cost === decision.charged ? [] : decision));
        return afterwards(
          () => settle.call(backend, entries),
          () => forget(changed),
        );
      },
    }),
    ...(reset && {
      reset: (identity) =>
        afterwards(
          () => reset.call(backend, identity),
          () => forget([identity]),
        ),
    }),
    ...(block && {
      // A longer block makes the wait that is remembered too short, and a shorter one too long.
      block: (identity, forMs, options) =>
        afterwards(
          () => block.call(backend, identity, forMs, options),
          () => forget([identity]),
        ),
    }),
    // Never remembered: a refusal that was true a moment ago says nothing of who holds the name now.
    ...(lease && { lease: (request) => lease.call(backend, request) }),
  };
}

/** The denial of these charges as far as it is known: of those that nothing is known against, nothing is said. */
function denial(charges: readonly Charge[], recall: (charge: Charge) => Decision | undefined): Outcome | undefined {
  const known = charges.map(recall);
  if (known.every((decision) => decision === undefined)) return undefined;
  // Somebody wants to know; and charges of one counter are a question of their sum, or a mistake.
  if (charges.some(({ mode }) => mode === "peek") || hasTwins(charges)) return undefined;
  const decisions = charges.map(({ policy, key, shard, cost }, index): Decision => {
    return known[index] ?? { policy, key, shard, cost, allowed: true, charged: 0, via: "cache" };
  });
  const waits = known.flatMap((decision) => decision?.retryAfterMs ?? []);
  return { allowed: false, retryAfterMs: Math.max(...waits), decisions };
}

function hasTwins(charges: readonly Charge[]): boolean {
  return charges.length > 1 && mergeCharges(charges) !== undefined;
}

/** Does something once a call has ended, well or not. */
function afterwards(call: () => void | Promise<void>, end: () => void): void | Promise<void> {
  const answer = call();
  if (!isPromise(answer)) return end();
  return answer.then(end, (error: unknown) => {
    end();
    throw error;
  });
}
