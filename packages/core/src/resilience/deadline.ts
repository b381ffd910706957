/** A deadline: who asks is answered in time, with an error if need be, and nothing is sent once it has passed. */

import type { Backend } from "../engine/backend.ts";
import { BackendError } from "../engine/backend-error.ts";
import { aBackend, checkOptions, type Rule } from "../engine/options.ts";
import { isPromise } from "../engine/waiting.ts";

/** What work with a deadline looks at before it sends anything. */
export interface Deadline {
  /** By the clock, not by the timer, which a busy process calls late. Who sees it gives up: the answer has been given. */
  readonly passed: boolean;
}

/** The longest that a timer can wait. */
const longestMs = 2_147_483_647;

/** The rule of an option that is a deadline. */
export const aDeadline: Rule = [
  (ms: number) => Number.isSafeInteger(ms) && ms > 0 && ms <= longestMs,
  "a whole number of milliseconds above 0",
];

/**
 * Does the work, but rejects with `SLUICE_BACKEND_TIMEOUT` after `ms`.
 *
 * What was sent by then is not taken back: it may have been carried out. The work itself sees that the deadline has
 * passed, and sends nothing more.
 */
export function within<T>(backend: string, ms: number, work: (deadline: Deadline) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = performance.now() + ms;
    let isOver = false;
    const expire = (): void => {
      isOver = true;
      clearTimeout(timer);
      reject(new BackendError("SLUICE_BACKEND_TIMEOUT", backend, `did not answer within ${ms} ms`));
    };
    const timer = setTimeout(expire, ms);
    const deadline: Deadline = {
      get passed() {
        if (!isOver && performance.now() >= end) expire();
        return isOver;
      },
    };
    const failed = (error: unknown): void => {
      clearTimeout(timer);
      reject(error);
    };
    try {
      work(deadline).then((value) => {
        clearTimeout(timer);
        resolve(value);
      }, failed);
    } catch (error) {
      failed(error);
    }
  });
}

/**
 * A backend whose every call is answered within `ms`; one that answers at once is not touched.
 *
 * For backends of your own: those of Sluice that live elsewhere have their `deadlineMs`, which also keeps them from
 * sending late.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_MISSING`.
 */
export function deadline(backend: Backend, ms: number): Backend {
  checkOptions("deadline()", { backend, ms }, { backend: aBackend, ms: aDeadline }, ["backend", "ms"]);
  const bounded = <T>(answer: T | Promise<T>): T | Promise<T> =>
    isPromise(answer) ? within(backend.name, ms, async () => await answer) : answer;
  const { settle, consumeEach, reset, block, lease } = backend;
  return {
    name: backend.name,
    features: backend.features,
    supports: (policy) => backend.supports(policy),
    consume: (charges) => bounded(backend.consume(charges)),
    ...(settle && { settle: (entries) => bounded(settle.call(backend, entries)) }),
    ...(consumeEach && { consumeEach: (groups) => bounded(consumeEach.call(backend, groups)) }),
    ...(reset && { reset: (identity) => bounded(reset.call(backend, identity)) }),
    ...(block && { block: (identity, forMs, options) => bounded(block.call(backend, identity, forMs, options)) }),
    // A take whose answer comes too late may have been granted: the name is then held by nobody until its time is over.
    ...(lease && { lease: (request) => bounded(lease.call(backend, request)) }),
  };
}
