/** A clock that stands still until it is told to move. */

import { type Clock, testClock } from "../engine/clock.ts";

/** Moves the time that a backend under test sees; asynchronous where the backend lives elsewhere. */
export interface TestClock {
  /** Lets `ms` whole milliseconds pass. */
  advance(ms: number): void | Promise<void>;
  /** Puts the time to an instant, also an earlier one. */
  set(instantMs: number): void | Promise<void>;
}

/** A clock for backends that take one, and the hands to move it. */
export interface FakeClock extends Clock, TestClock {
  advance(ms: number): void;
  set(instantMs: number): void;
}

/** A Wednesday morning in UTC, at the beginning of a second, a minute and every window that divides them. */
export const fakeStartMs: number = Date.UTC(2027, 4, 12, 9, 30);

/** A clock that shows `startMs` until it is moved. Copies of the object share the time. */
export function fakeClock(startMs: number = fakeStartMs): FakeClock {
  let instant = startMs;
  return {
    now: () => instant,
    advance(ms) {
      instant += ms;
    },
    set(instantMs) {
      instant = instantMs;
    },
  };
}

/** Options for a backend whose state owns its clock (Redis, Upstash, SQLite): made with these, it goes by `clock`. */
export function onClock<Options extends object>(clock: Clock, options: Options): Options {
  return { ...options, [testClock]: clock };
}
