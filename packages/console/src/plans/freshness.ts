/** When something that others may have changed is asked for again: on use, in the background where that will do. */

import type { Incoming } from "@sluice/core";

/** How old an answer may be, in milliseconds. */
export interface FreshnessOptions {
  /** Asks, and takes the answer over unless a later question was answered before. Rejects where there is none. */
  readonly ask: (question: number) => Promise<void>;
  readonly now: () => number;
  /** Hears that there was no answer. */
  readonly onFailure: (problem: string, cause?: unknown) => void;
  /** So long nobody asks. */
  readonly freshMs: number;
  /** So long one asks while everybody goes on; after that everybody waits for the answer. */
  readonly staleMs: number;
  /** So long anybody waits. */
  readonly patienceMs: number;
}

/** Keeps something fresh for whoever uses it. */
export interface Freshness {
  /** To be called at each use: a promise where the answer is to be waited for, which never rejects. */
  check(incoming?: Pick<Incoming, "waitUntil">): Promise<void> | undefined;
  /** What is known is out of date: whoever comes next waits. */
  expire(): void;
}

interface Question {
  readonly since: number;
  readonly answer: Promise<void>;
}

/** Without timers of its own; on Workers those of a request that has ended never fire, and none here is shared. */
export function freshness(options: FreshnessOptions): Freshness {
  const { ask, now, onFailure, freshMs, staleMs, patienceMs } = options;
  // Of what is known; an attempt that failed counts from its end, so that a database in trouble is left alone for a while.
  let since = Number.NEGATIVE_INFINITY;
  let under: Question | undefined;
  let hung: Question | undefined;
  let questions = 0;

  const giveUp = (question: Question): void => {
    if (under !== question) return;
    // Not from now on: whoever finds it an hour later is to ask anew, and to wait.
    [under, hung, since] = [undefined, question, question.since + patienceMs];
  };

  const begin = (): Question => {
    if (hung !== undefined) onFailure(`no answer within ${now() - hung.since} ms`);
    hung = undefined;
    const number = ++questions;
    const asked = now();
    const question: Question = { since: asked, answer: answered() };
    async function answered(): Promise<void> {
      try {
        await ask(number);
        if (under === question) since = asked;
      } catch (cause) {
        if (under === question) since = now();
        onFailure(cause instanceof Error ? cause.message : String(cause), cause);
      }
      if (under === question) under = undefined;
      if (hung === question) hung = undefined;
    }
    under = question;
    return question;
  };

  const patiently = (question: Question): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        giveUp(question);
        resolve();
      }, patienceMs);
      void question.answer.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  return {
    check(incoming) {
      const at = now();
      // On Workers a question ends with the request that asked it.
      if (under !== undefined && Math.abs(at - under.since) > patienceMs) giveUp(under);
      const age = at - since;
      // A clock that has jumped ahead and returned makes nothing fresh.
      if (age >= 0 && age < freshMs) return undefined;
      const question = under ?? begin();
      incoming?.waitUntil?.(question.answer);
      return age >= 0 && age <= staleMs ? undefined : patiently(question);
    },
    expire() {
      [since, under] = [Number.NEGATIVE_INFINITY, undefined];
    },
  };
}
