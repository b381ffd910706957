/** Asks all limiters of a mount about one request, side by side. */

import { isPromise } from "../engine/waiting.ts";
import type { Incoming } from "../http/incoming.ts";
import type { Complain } from "../limiters/hooks.ts";
import type { Asked, Limiter } from "../limiters/limiter.ts";

/** What the limiters make of a request; a promise only if one of them has to wait. */
export function askLimiters<C>(
  limiters: readonly Limiter<C>[],
  incoming: Incoming<C>,
  complain: Complain,
): readonly Asked<C>[] | Promise<readonly Asked<C>[]> {
  const answers: (Asked<C> | Promise<Asked<C>>)[] = [];
  let waits = false;
  for (const limiter of limiters) {
    const answer = limiter.shadow ? spared(limiter, incoming, complain) : caught(limiter, incoming);
    waits ||= isPromise(answer);
    answers.push(answer);
  }
  return waits ? Promise.all(answers) : (answers as Asked<C>[]);
}

/** Throws only after all have been asked: a rejection that nobody waits for would end a Node process. */
function caught<C>(limiter: Limiter<C>, incoming: Incoming<C>): Asked<C> | Promise<Asked<C>> {
  try {
    return limiter.ask(incoming);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A shadow refuses nobody, not even by a mistake of its own. */
function spared<C>(limiter: Limiter<C>, incoming: Incoming<C>, complain: Complain): Asked<C> | Promise<Asked<C>> {
  const failed = (error: unknown): Asked<C> => {
    complain(error);
    return { limiter, because: "it failed" };
  };
  try {
    const answer = limiter.ask(incoming);
    return isPromise(answer) ? answer.catch(failed) : answer;
  } catch (error) {
    return failed(error);
  }
}
