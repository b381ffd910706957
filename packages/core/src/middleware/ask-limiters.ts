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
    const answer = ask(limiter, incoming, complain);
    waits ||= isPromise(answer);
    answers.push(answer);
  }
  return waits ? Promise.all(answers) : (answers as Asked<C>[]);
}

function ask<C>(limiter: Limiter<C>, incoming: Incoming<C>, complain: Complain): Asked<C> | Promise<Asked<C>> {
  const failed = (error: unknown): Asked<C> | Promise<Asked<C>> => {
    // Thrown only after all have been asked: a rejection that nobody waits for would end a Node process.
    if (!limiter.shadow) return Promise.reject(error);
    // A shadow refuses nobody, not even by a mistake of its own.
    complain(error);
    return { limiter, because: "it failed" };
  };
  try {
    const answer = limiter.ask(incoming);
    return limiter.shadow && isPromise(answer) ? answer.catch(failed) : answer;
  } catch (error) {
    return failed(error);
  }
}
