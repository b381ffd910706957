/** What happens when a backend fails: the limiters' rules, not an exception, and one report for each change of state. */

import type { Backend, Settlement } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { isConfigError, SluiceError } from "../engine/errors.ts";
import { isPromise } from "../engine/waiting.ts";
import type { Complain } from "../limiters/hooks.ts";
import type { Asked } from "../limiters/limiter.ts";
import { askFallbacks } from "./fallback.ts";

/** A limiter that charges, and what. */
export interface Charged<C = never> extends Asked<C> {
  readonly charge: Charge;
}

/** A backend that answers by the limiters' rules where it fails. */
export interface RuledBackend {
  consume(asked: readonly Charged[]): Outcome | Promise<Outcome>;
  /** Settles each decision with the backend that made it. */
  settle(entries: readonly Settlement[]): void | Promise<void>;
}

/**
 * Consumes, and where that fails answers by the limiters' rules: `closed` wins, a fallback backend is asked, and the
 * rest stay open. A ConfigError is a mistake, not a failure, and passes through.
 */
export function withRules(backend: Backend, complain: Complain): RuledBackend {
  const health = healthReports(complain);
  // Apart, because a backend may well decide and yet not settle.
  const settling = healthReports(complain);
  const fallbacks = askFallbacks(health);

  const failed = (cause: unknown, asked: readonly Charged[]): Outcome | Promise<Outcome> => {
    health.failed(backend, cause, "the limiters' failure rules apply until it answers");
    const isClosed = asked.some(({ limiter }) => limiter.onFailure === "closed" && !limiter.shadow);
    if (!isClosed) return fallbacks.consume(asked);
    const decisions = asked.map((one) => degraded(one, one.limiter.onFailure === "closed" ? "closed" : "open"));
    return { allowed: false, decisions };
  };

  const answered = (outcome: Outcome): Outcome => {
    health.answered(backend);
    return outcome;
  };

  const settleOwn = (entries: readonly Settlement[]): void | Promise<void> => {
    const lost = (cause: unknown): void => settling.failed(backend, cause, "what was charged stays charged");
    const done = (): void => settling.answered(backend);
    try {
      const settled = backend.settle?.(entries);
      return isPromise(settled) ? settled.then(done, lost) : done();
    } catch (cause) {
      lost(cause);
    }
  };

  return {
    consume(asked) {
      try {
        const [only] = asked;
        const charges = asked.length === 1 && only !== undefined ? [only.charge] : asked.map(({ charge }) => charge);
        const outcome = backend.consume(charges);
        if (!isPromise(outcome)) return answered(outcome);
        return outcome.then(answered, (cause) => failed(cause, asked));
      } catch (cause) {
        return failed(cause, asked);
      }
    },

    settle(entries) {
      const own = entries.filter((entry) => !fallbacks.made(entry));
      const settled = own.length === 0 ? undefined : settleOwn(own);
      if (own.length === entries.length) return settled;
      return Promise.all([settled, fallbacks.settle(entries)]).then(() => undefined);
    },
  };
}

/** What a limiter's charge meets when nobody counts. */
export function degraded({ charge }: Charged, via: "open" | "closed"): Decision {
  const { policy, key, shard, cost } = charge;
  return { policy, key, shard, cost, allowed: via === "open", charged: 0, via };
}

/** Tells of backends that begin and cease to fail. */
export interface Health {
  /** @throws the cause itself when it is a ConfigError. */
  failed(backend: Backend, cause: unknown, consequence: string): void;
  answered(backend: Backend): void;
}

function healthReports(complain: Complain): Health {
  const failing = new Set<Backend>();
  return {
    failed(backend, cause, consequence) {
      if (isConfigError(cause)) throw cause;
      if (failing.has(backend)) return;
      failing.add(backend);
      const problem = `backend ${backend.name} failed (${reasonOf(cause)}); ${consequence}`;
      complain(new SluiceError("SLUICE_BACKEND_FAILED", problem, { cause }));
    },
    answered(backend) {
      if (failing.size === 0 || !failing.delete(backend)) return;
      complain(new SluiceError("SLUICE_BACKEND_RECOVERED", `backend ${backend.name} answers again`));
    },
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
