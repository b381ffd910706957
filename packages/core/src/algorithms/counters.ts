/** Many states by key in bounded memory: packed rows, lazily swept, and overflow cells so that eviction gives nothing away. */

import type { State } from "./compile.ts";
import type { Kept, Loaded, Row, Spent, Steps } from "./steps.ts";

/** States by key. A row number found once serves until the next write. */
export interface Counters {
  /** Makes the rows fit these steps too; states are purged by the slowest that was served. */
  serve(steps: Steps<State>): void;
  row(key: string): number | undefined;
  /** The state of a row; for an absent key the overflow cell it shares, or empty. */
  state(row: number | undefined, key: string, steps: Steps<State>): State;
  /** The same, but in an object that the next view overwrites: for whoever decides at once and keeps nothing. */
  view(row: number | undefined, key: string, steps: Steps<State>): State;
  write(row: number | undefined, key: string, state: State, now: number): void;
  /** Spends from a row in place, which steps can that book slots ahead. */
  spend(row: number, steps: Steps<State>, units: number, delay: number, now: number, spent: Spent): void;
  size(): number;
}

/** Numbered places for states. */
interface Places {
  get(place: number): State;
  view(place: number): State;
  set(place: number, state: State): void;
  spend(place: number, steps: Steps<State>, units: number, delay: number, now: number, spent: Spent): void;
  idleAt(place: number, steps: Steps<State>): number;
}

/** How many keys share the overflow: a stranger meets an evicted state once in so many. */
const overflowCells = 4_096;

/** How many rows are looked at for each new key, to find idle ones. */
const swept = 2;

/** How many rows are compared when one must go. */
const compared = 8;

export function counters(maxKeys: number): Counters {
  const index = new Map<string, number>();
  const free: number[] = [];
  let hand = index.entries();
  let steps: Steps<State> | undefined;
  let rows: Places | undefined;
  let overflow: { readonly cells: Places; readonly seed: number } | undefined;

  const idleAt = (row: number): number => (rows as Places).idleAt(row, steps as Steps<State>);

  const forget = (key: string, row: number): void => {
    index.delete(key);
    free.push(row);
  };

  /** The next row in the order of arrival, going round. */
  const advance = (): [string, number] | undefined => {
    const next = hand.next();
    if (!next.done) return next.value;
    hand = index.entries();
    return undefined;
  };

  const sweep = (now: number): void => {
    for (let i = 0; i < swept; i++) {
      const entry = advance();
      if (entry === undefined) return;
      if (idleAt(entry[1]) <= now) forget(entry[0], entry[1]);
    }
  };

  /** Drops an idle row, or folds the one that would be idle soonest into its overflow cell. */
  const evict = (now: number): void => {
    let victim: [string, number] | undefined;
    let soonest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < compared; i++) {
      const entry = advance() ?? advance();
      if (entry === undefined) break;
      const idle = idleAt(entry[1]);
      if (idle <= now) {
        forget(entry[0], entry[1]);
        return;
      }
      if (idle < soonest) [victim, soonest] = [entry, idle];
    }
    if (victim === undefined) return;
    const [key, row] = victim;
    const served = steps as Steps<State>;
    // The seed is drawn here, within a request, because a Worker may not ask for randomness at module scope.
    overflow ??= { cells: places(served), seed: Math.floor(Math.random() * 2 ** 32) };
    const cell = hash(key, overflow.seed) % overflowCells;
    const folded = served.observe(overflow.cells.get(cell), now);
    overflow.cells.set(cell, served.fold(folded, served.observe((rows as Places).get(row), now), now));
    forget(key, row);
  };

  /** What an absent key starts from. */
  const inherited = (key: string, empty: State): State =>
    overflow === undefined ? empty : overflow.cells.get(hash(key, overflow.seed) % overflowCells);

  return {
    serve(next) {
      rows ??= places(next);
      if (steps === undefined || slower(next, steps)) steps = next;
    },

    row: (key) => index.get(key),

    state: (row, key, { empty }) => (row === undefined ? inherited(key, empty) : (rows as Places).get(row)),

    view: (row, key, { empty }) => (row === undefined ? inherited(key, empty) : (rows as Places).view(row)),

    write(row, key, state, now) {
      let place = row;
      if (place === undefined) {
        if (index.size >= maxKeys) evict(now);
        else sweep(now);
        place = free.pop() ?? index.size;
        index.set(key, place);
      }
      (rows as Places).set(place, state);
    },

    spend: (row, steps, units, delay, now, spent) => (rows as Places).spend(row, steps, units, delay, now, spent),

    size: () => index.size,
  };
}

/** Whether one unit stays on the books longer with `a` than with `b`; a limit of 0 books nothing. */
function slower(a: Steps<State>, b: Steps<State>): boolean {
  if (a.capacity === 0 || b.capacity === 0) return b.capacity === 0;
  return a.idleAt(a.book(a.empty, 100, 0, 0)) > b.idleAt(b.book(b.empty, 100, 0, 0));
}

/** Packed doubles where states have a fixed length (24 bytes a key), objects where they have not. */
function places({ row, kept, empty }: Steps<State>): Places {
  return row === undefined ? objects(kept as Kept<State>, empty) : packed(row, empty);
}

function objects({ keep, state }: Kept<State>, empty: State): Places {
  const all: object[] = [];
  const get = (place: number): State => {
    const found = all[place];
    return found === undefined ? empty : state(found);
  };
  return {
    get,
    view: get,
    set(place, next) {
      all[place] = keep(next);
    },
    spend: (place, { kept }, units, delay, now, spent) => kept?.spend(all[place] as object, units, delay, now, spent),
    idleAt: (place, { kept }) => kept?.idleAt(all[place] as object) ?? 0,
  };
}

function packed(row: Row<State>, empty: State): Places {
  const { width } = row;
  let cells = new Float64Array(width * 64);
  const loaded = (state: Loaded<State>, place: number): State => {
    if ((place + 1) * width > cells.length) return empty;
    row.load(state, cells, place * width);
    return state;
  };
  const viewed = row.blank();
  const view = (place: number): State => loaded(viewed, place);
  return {
    get: (place) => loaded(row.blank(), place),
    view,
    set(place, state) {
      const from = place * width;
      if (from + width > cells.length) {
        const larger = new Float64Array(Math.max(cells.length * 2, from + width));
        larger.set(cells);
        cells = larger;
      }
      row.write(state, cells, from);
    },
    spend: (place, steps, units, delay, now, spent) =>
      steps.row?.spend?.(cells, place * width, units, delay, now, spent),
    idleAt: (place, steps) => steps.idleAt(view(place)),
  };
}

/** FNV-1a over UTF-16 units: with a secret seed nobody can aim at a neighbour's cell. */
export function hash(key: string, seed: number): number {
  let value = seed;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 16_777_619);
  return (value ^ (value >>> 15)) >>> 0;
}
