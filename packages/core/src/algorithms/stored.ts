/** States as plain lists of whole numbers, for tables that keep rows. */

import type { State } from "./compile.ts";
import type { LogState, Stamp } from "./sliding-log.ts";
import type { Steps } from "./steps.ts";

/**
 * A state's numbers: two or three for most algorithms; for a sliding log when it was last written and, one after the
 * other, each stamp's instant and count.
 */
export function numbersOf({ row }: Steps<State>, state: State): readonly number[] {
  if (row === undefined) {
    const { seen, stamps } = state as LogState;
    return [seen, ...stamps.flatMap(({ at, count }) => [at, count])];
  }
  const cells = new Float64Array(row.width);
  row.write(state, cells, 0);
  // Three times as fast as Array.from, and this is done with every charge that is booked.
  const numbers: number[] = [];
  for (let i = 0; i < cells.length; i++) numbers.push(cells[i] as number);
  return numbers;
}

/** The state that gave these numbers. */
export function stateOf({ row, empty }: Steps<State>, numbers: readonly number[] | undefined): State {
  if (numbers === undefined) return empty;
  if (row === undefined) {
    const stamps: Stamp[] = [];
    for (let i = 1; i < numbers.length; i += 2) {
      stamps.push({ at: numbers[i] as number, count: numbers[i + 1] as number });
    }
    return { seen: numbers[0] as number, stamps };
  }
  const state = row.blank();
  row.load(state, new Float64Array(numbers), 0);
  return state;
}
