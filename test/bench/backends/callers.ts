/** Callers who each ask again as soon as they are answered. */

import type { Repeated } from "../rounds.ts";

export const callers = 64;

/** Repeats a question from all callers; `operation` counts on from one slice to the next. */
export function fromCallers(ask: (operation: number) => Promise<void>): Repeated {
  let next = 0;
  return async (operations) => {
    const end = next + operations;
    const caller = async (): Promise<void> => {
      while (next < end) await ask(next++);
    };
    await Promise.all(Array.from({ length: callers }, caller));
  };
}
