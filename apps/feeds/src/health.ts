/** What /health says of the limits: where they are counted, whether that place answers now, and what holds while it does not. */

import { type Backend, type Charge, isConfigError, per, policy } from "@sluice/core";
import type { WatchedBackend } from "./backend-watch.ts";
import type { Background } from "./background.ts";
import type { JobsHealth } from "./jobs/jobs-health.ts";

/** Where a kind of limit is counted. */
export interface CountedIn {
  readonly backend: string;
  readonly scope: Backend["features"]["scope"];
  readonly exact: boolean;
}

/** The answer of /health; it has no address, key or secret in it. */
export interface Health {
  /** `degraded`: requests are served, by the limiters' failure rules. */
  readonly status: "ok" | "degraded";
  /** The quotas of users and feed owners. */
  readonly limiting: CountedIn & {
    readonly enabled: boolean;
    /** Present where limits are off: why. */
    readonly because?: string;
    /** Whether it decides. */
    readonly answers: boolean;
    /** Present while it does not decide, or not settle: since when, and the code of the failure, which docs/errors.md explains. */
    readonly failing?: { readonly since: string; readonly code: string };
  };
  /** The limits that protect the app itself; these hold whatever becomes of the others. */
  readonly safety: CountedIn;
  /** What this process knows of its jobs and its mail. */
  readonly jobs?: JobsHealth;
}

/** An answer is good for as long: whoever asks more often asks nobody else. */
const freshMs = 1_000;

/** Above what the backend's deadline lets two calls take: what is asked for longer has ended together with who asked it. */
const lostMs = 5_000;

/** Really written, since a full disk or a replica would still be read; gone again a millisecond later. */
const question: Charge = { policy: policy("health", per("1s", 1_000)), key: "health", cost: 1 };

/** Makes the function that tells how the limits are; `embedded` counts what protects the app where the backend does not. */
export function healthOf(
  watched: WatchedBackend,
  embedded: Backend,
  now: () => number,
  background: Background,
  jobs?: (() => JobsHealth) | undefined,
): () => Promise<Health> {
  const { backend, undecided, unsettled } = watched;
  const { scope, exact } = backend.features;
  // What counts in this process, or nothing, is there as long as the process is.
  const isElsewhere = scope !== "process" && scope !== "none" && backend.supports(question.policy) === undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking: { readonly sinceMs: number; readonly answer: Promise<void> } | undefined;

  const ask = async (): Promise<void> => {
    try {
      const { decisions } = await backend.consume([question]);
      // Requests settle only now and then, so that news of it might be long in coming.
      if (unsettled()) await backend.settle?.(decisions.map((decision) => ({ decision, cost: 0 })));
    } catch (error) {
      // Whoever watches the backend has heard of failures already.
      if (isConfigError(error)) throw error;
    } finally {
      askedAtMs = now();
    }
  };

  /** One question at a time, shared by whoever comes meanwhile. */
  const answered = (nowMs: number): Promise<void> => {
    if (asking !== undefined && Math.abs(nowMs - asking.sinceMs) < lostMs) return asking.answer;
    const answer = ask();
    const own = { sinceMs: nowMs, answer };
    asking = own;
    const over = (): void => {
      if (asking === own) asking = undefined;
    };
    // Forgotten only now that it is remembered, since a backend may fail at once.
    const done = answer.then(over, over);
    // On a Worker it would end with the request that asked, should its client go away, and the others wait for nothing.
    background(() => done);
    return answer;
  };

  return async () => {
    const nowMs = now();
    const ageMs = nowMs - askedAtMs;
    const isFresh = ageMs >= 0 && ageMs < freshMs;
    if (isElsewhere && !isFresh) await answered(nowMs);
    const answers = undecided() === undefined;
    const found = undecided() ?? unsettled();
    const failing = found && { since: new Date(found.sinceMs).toISOString(), code: found.code };
    return {
      status: failing ? "degraded" : "ok",
      limiting: {
        enabled: scope !== "none",
        ...(scope === "none" && { because: offBecause(backend) }),
        backend: backend.name,
        scope,
        exact,
        answers,
        ...(failing && { failing }),
      },
      safety: countedIn(answers && scope !== "none" ? backend : embedded),
      ...(jobs && { jobs: jobs() }),
    };
  };
}

function countedIn({ name, features: { scope, exact } }: Backend): CountedIn {
  return { backend: name, scope, exact };
}

function offBecause({ name }: Backend): string {
  return `the backend ${name} counts nothing, so every user and every feed has no limit`;
}
