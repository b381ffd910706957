/** The shape that every algorithm has: pure steps from one state to the next, in whole numbers. */

/** What a state tells about itself at an instant. Unrounded. */
export interface Reading {
  /** Units left. */
  readonly remaining: number;
  /** Until the state is as if never used; absent where nothing ever fits. */
  readonly resetAfterMs: number | undefined;
  /** The time within which no more than `remaining` can be used; absent where nothing ever fits. */
  readonly windowAfterMs: number | undefined;
}

/**
 * One policy's arithmetic over states of type `S`. Nothing here reads a clock or keeps anything, and only `spend` changes
 * a state: it does in place what the pure functions do in turn, for a backend in memory.
 *
 * `units` are hundredths of a quota unit. `now` is when the question is asked and `at` when the charge would be
 * booked: later than `now` only when the caller accepts a delay. Both are whole milliseconds.
 */
export interface Steps<S> {
  /** The state of a counter never used. */
  readonly empty: S;
  /** The most units that can ever fit in one charge. */
  readonly capacity: number;
  /** Units are counted in multiples of this: 1, or 100 where only whole units exist. */
  readonly grain: number;
  /** Whether a slot in the future can be booked. Such steps can spend in place, too. */
  readonly delays: boolean;
  /** The state as seen at `now`: a clock that stepped back is treated as having stood still. */
  observe(state: S, now: number): S;
  /** The earliest instant from `at` on at which `units` fit, `Infinity` if never. `state` was observed. */
  earliest(state: S, units: number, at: number): number;
  /** The most units that fit at `at`, a multiple of the grain. `state` was observed. */
  available(state: S, at: number): number;
  /** The state after booking `units`, which fit, at `at`. `state` was observed. */
  book(state: S, units: number, at: number, now: number): S;
  /** When, or into which window, that booking goes. */
  receipt(state: S, at: number, now: number): number;
  /** The state after a booking of `booked` units with this receipt turned out to cost `final`. `state` was observed. */
  settle(state: S, receipt: number, booked: number, final: number, now: number): S;
  /**
   * The state that allows nothing for `forMs` and is empty of tokens then; only a token bucket has room for it. `state` was
   * observed.
   */
  block?(state: S, forMs: number, now: number, shorten: boolean): S;
  /** What the state tells at `now`. `state` was observed. */
  read(state: S, now: number): Reading;
  /** The instant from which the state equals `empty`. */
  idleAt(state: S): number;
  /** A state that allows no more than either: the maximum of both. */
  fold(a: S, b: S, now: number): S;
  /** The state as a fixed row of numbers; absent where it has no fixed length. */
  readonly row?: Row<S>;
  /** Present where there is no row. */
  readonly kept?: Kept<S>;
}

/** What became of a charge that was decided where its state is kept; the next one overwrites it. */
export interface Spent {
  /** Until it fits, `Infinity` if never; it was booked if that is accepted. */
  wait: number;
  remaining: number;
  resetAfterMs: number | undefined;
  windowAfterMs: number | undefined;
}

/** How a state is laid out as a row of doubles, for backends that keep many. */
export interface Row<S> {
  readonly width: number;
  /** A state to load into. */
  blank(): Loaded<S>;
  load(state: Loaded<S>, cells: Float64Array, from: number): void;
  write(state: S, cells: Float64Array, from: number): void;
  /**
   * Observes, finds the earliest instant, books if the wait is no longer than `delay`, and reads: all in the row itself.
   * Present where slots can be booked.
   */
  spend?(cells: Float64Array, from: number, units: number, delay: number, now: number, spent: Spent): void;
}

/** How a state without a fixed length is kept so that nothing is copied for a charge. */
export interface Kept<S> {
  keep(state: S): object;
  /** The same object that was kept, as long as nothing has been spent. */
  state(kept: object): S;
  /** See {@link Steps.idleAt}. */
  idleAt(kept: object): number;
  /** As a row does. */
  spend(kept: object, units: number, delay: number, now: number, spent: Spent): void;
}

/** A state while it is being loaded. */
export type Loaded<S> = { -readonly [Field in keyof S]: S[Field] };

/**
 * Division of safe integers, rounded up. Exact: a quotient that is not whole differs from the next whole number by at
 * least 1 / b, which is more than half a step of doubles as long as a is below 2^53.
 */
export function ceilDivide(a: number, b: number): number {
  return Math.ceil(a / b);
}

/** Division of safe integers, rounded down; exact for the same reason. */
export function floorDivide(a: number, b: number): number {
  return Math.floor(a / b);
}
