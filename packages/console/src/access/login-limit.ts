/** Failed logins, limited by the kit itself: 5 of an address in 15 minutes, then none for 30. Never by account. All clients without an address are one. */

import {
  type AddressSource,
  type Backend,
  byIp,
  ConfigError,
  type Decision,
  type Identity,
  isConfigError,
  type Policy,
  per,
  perSecond,
  policy,
} from "@sluice/core";
import type { Context } from "hono";

/** For how long an address is locked out after its fifth failure. */
export const lockMs = 30 * 60_000;

/** Failures of an address that are allowed within the window. */
export const mostFailures = 5;

const window = per("15m", mostFailures, { algorithm: "sliding-log" });
/** Guesses under way or failed: charged before the check, so that guesses at the same time do not exceed it either. */
const attempts = policy("login", window);
/** Failures alone: what fills this one locks. */
const failures = policy("login-failures", window);
/** Never spent, only blocked: a bucket this fast is whole again a moment after the block. */
const lock = policy("login-lock", perSecond(1_000));

/** An attempt that may be made: it is told how it ended. */
export interface Attempt {
  /** Gives the attempt back. */
  passed(): Promise<void>;
  /** Counts it. Tells whether the address is locked out now. */
  failed(): Promise<boolean>;
}

/** Why there is no attempt. */
export interface NoAttempt {
  readonly because: "locked" | "unavailable";
  /** Whole milliseconds until the next attempt can be made, where waiting helps. */
  readonly retryAfterMs?: number | undefined;
}

export type LoginLimit = (c: Context) => Promise<Attempt | NoAttempt>;

/**
 * Limits logins by address. A backend that does not answer lets nobody in.
 *
 * @throws ConfigError `SLUICE_BACKEND_UNSUPPORTED` for a backend that cannot count failures: noop, or ratelimit bindings.
 */
export function loginLimit(backend: Backend, source: AddressSource, onError: (error: unknown) => void): LoginLimit {
  checkBackend(backend);
  const { name } = attempts;
  let isTold = false;
  const told: AddressSource = (incoming) => {
    const found = source(incoming);
    if ("missing" in found && !isTold) {
      // Strangers make these as often as they like.
      isTold = true;
      onError(new Error(`Clients without an address share their failed logins: ${found.missing}`));
    }
    return found;
  };
  // Who comes past the proxies that are configured is often the administrator, on the machine itself: refused, nobody could look.
  const limiter = byIp({ name, source: told, limit: window, missing: { key: "no-address" } });
  const unlessFailing = patiently(onError);

  const attempt = (counter: (of: Policy) => Identity, decision: Decision): Attempt => ({
    async passed() {
      // What cannot be given back is spent until its window passes: no reason to keep somebody out.
      await unlessFailing(async () => backend.settle?.([{ decision, cost: 0 }]));
    },
    async failed() {
      const full = await unlessFailing(async () => {
        const { allowed, decisions } = await backend.consume([{ ...counter(failures), cost: 1 }]);
        const isFull = !allowed || decisions[0]?.remaining === 0;
        if (isFull) await backend.block?.(counter(lock), lockMs);
        return isFull;
      });
      return full === true;
    },
  });

  return async function mayTry(c) {
    const { charge } = await limiter.ask({ request: c.req.raw, env: c.env, context: c });
    // Whoever comes is somebody here; this is for a limiter that could say otherwise.
    if (charge === undefined) return { because: "unavailable" };
    const counter = (of: Policy): Identity => ({ policy: of, key: charge.key, shard: `login:${charge.key}` });
    const outcome = await unlessFailing(async () =>
      backend.consume([
        { ...counter(attempts), cost: 1 },
        { ...counter(lock), cost: 1, mode: "peek" },
      ]),
    );
    if (outcome === undefined) return { because: "unavailable" };
    const [decision] = outcome.decisions;
    if (outcome.allowed && decision !== undefined) return attempt(counter, decision);
    return { because: "locked", retryAfterMs: outcome.retryAfterMs };
  };
}

/** Asks the backend: undefined where it does not answer, which is told once for as long as it lasts. */
function patiently(onError: (error: unknown) => void): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  let isFailing = false;
  return async (work) => {
    try {
      const answer = await work();
      isFailing = false;
      return answer;
    } catch (error) {
      if (isConfigError(error)) throw error;
      if (!isFailing) onError(error);
      isFailing = true;
      return undefined;
    }
  };
}

function checkBackend(backend: Backend): void {
  const { features, name } = backend;
  const cannot = [attempts, failures, lock].map((each) => backend.supports(each)).find((why) => why !== undefined);
  const why = features.scope === "none" ? "it counts nothing" : !features.block ? "it cannot block" : cannot;
  if (why === undefined && features.settle && features.remaining) return;
  throw new ConfigError(
    "SLUICE_BACKEND_UNSUPPORTED",
    `session() cannot count failed logins on this backend: ${why ?? "it does not settle or knows no numbers"}`,
    name,
    "Hand in one that is exact, such as memory() or sqlite(): logins are counted also where limits are off.",
  );
}
