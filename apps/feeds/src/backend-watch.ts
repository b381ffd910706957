/** Whether the backend answers, as the calls made to it tell: each change is logged once, however many mounts meet it. */

import { type Backend, isConfigError, isSluiceError, type Outcome } from "@sluice/core";
import { type Logger, loggable } from "./logger.ts";

/** What is wrong with a backend. */
export interface Trouble {
  readonly sinceMs: number;
  /** The code of the failure heard of last; never a message, which is for the log alone. */
  readonly code: string;
}

/** A backend that tells whether it answers. */
export interface WatchedBackend {
  /** To be used in place of the one that is watched. */
  readonly backend: Backend;
  /** Why it does not decide now; undefined while it does, or as long as nobody has asked it. */
  undecided(): Trouble | undefined;
  /** Why it does not settle now. */
  unsettled(): Trouble | undefined;
}

/** Where the changes go, and what they mean for requests. */
interface Told {
  readonly logger: Logger;
  readonly now: () => number;
  readonly backend: string;
  readonly consequence: string;
}

/** Watches `consume` and `settle`, apart: a backend may well decide and yet not settle. */
export function watchedBackend(backend: Backend, logger: Logger, now: () => number): WatchedBackend {
  const told = { logger, now, backend: backend.name };
  const deciding = pulse<Outcome>({ ...told, consequence: "the failure rules hold until it answers" }, isFirstHand);
  const settling = pulse<void>({ ...told, consequence: "what is charged stays charged until it settles" }, () => true);
  const { settle } = backend;
  return {
    backend: {
      ...backend,
      consume: (charges) => deciding.heard(() => backend.consume(charges)),
      ...(settle && { settle: (entries) => settling.heard(() => settle.call(backend, entries)) }),
    },
    undecided: deciding.trouble,
    unsettled: settling.trouble,
  };
}

/** Whether this came from the backend itself: a denial that was remembered says nothing of how it is now. */
function isFirstHand({ decisions }: Outcome): boolean {
  return decisions.length > 0 && decisions.every(({ via }) => via === undefined);
}

/** Listens to calls of one kind. The call begun last of those that have ended is the one that counts: what ends late is old news. */
function pulse<T>({ logger, now, backend, consequence }: Told, isNews: (answer: T) => boolean) {
  let begun = 0;
  let latest = 0;
  let trouble: Trouble | undefined;

  const isLate = (call: number): boolean => {
    if (call < latest) return true;
    latest = call;
    return false;
  };

  const answered = (call: number, answer: T): T => {
    if (!isNews(answer) || isLate(call) || trouble === undefined) return answer;
    logger.info({ backend, troubleMs: now() - trouble.sinceMs }, "the backend answers again");
    trouble = undefined;
    return answer;
  };

  const failed = (call: number, error: unknown): never => {
    // A mistake is no failure: the backend is not even asked.
    if (isConfigError(error) || isLate(call)) throw error;
    const code = isSluiceError(error) ? error.code : "SLUICE_BACKEND_FAILED";
    if (trouble === undefined) logger.error({ backend, ...loggable(error) }, `the backend fails: ${consequence}`);
    trouble = { sinceMs: trouble?.sinceMs ?? now(), code };
    throw error;
  };

  return {
    trouble: () => trouble,

    /** Makes the call, which stays as immediate as it was. */
    heard(call: () => T | Promise<T>): T | Promise<T> {
      const own = ++begun;
      let answer: T | Promise<T>;
      try {
        answer = call();
      } catch (error) {
        return failed(own, error);
      }
      if (!(answer instanceof Promise)) return answered(own, answer);
      return answer.then(
        (value) => answered(own, value),
        (error) => failed(own, error),
      );
    },
  };
}
