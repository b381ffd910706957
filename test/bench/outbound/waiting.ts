/** Measures that mostly wait: all contenders at once, each in a process of its own, round after round. */

import { type Contender, type Running, start } from "../contender.ts";
import { median, type Row } from "../measure.ts";

/**
 * A contender whose first answer says only that its process is up and has done its work once, so that neither starting nor
 * compiling disturbs whoever is timed.
 */
export function waiting<T>(round: () => Promise<T>, warmUp: () => Promise<unknown>): Contender<T | undefined> {
  return () => {
    let warm: Promise<unknown> | undefined;
    return async () => {
      if (warm !== undefined) return await round();
      warm = warmUp();
      await warm;
      return undefined;
    };
  };
}

/** What every contender answered, round by round. */
export async function together<T>(
  moduleUrl: string,
  names: readonly string[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const running = names.map((name): [string, Running<T>] => [name, start<T>(moduleUrl, name)]);
  const answers = new Map(names.map((name) => [name, [] as T[]]));
  try {
    await Promise.all(running.map(([, { ask }]) => ask()));
    for (let round = 0; round < rounds; round++) {
      await Promise.all(running.map(async ([name, { ask }]) => answers.get(name)?.push(await ask())));
    }
  } finally {
    for (const [, { end }] of running) end();
  }
  return answers;
}

/** The most units that start in any span of `windowMs`; `costs` are 1 unless given. Instants in order. */
export function mostInAnyWindow(starts: readonly number[], windowMs: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < starts.length; last++) {
    while ((starts[last] as number) - (starts[first] as number) >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** `1.95× (1.90–2.00)`, with as many digits as given. */
export function spread(values: readonly number[], unit: string, digits: number): string {
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map((value) =>
    // What rounds to nothing has no sign.
    value.toFixed(digits).replace(/^-(0(?:\.0+)?)$/, "$1"),
  );
  return least === most ? `${middle}${unit}` : `${middle}${unit} (${least}–${most})`;
}

/** What groups of peers came to, from the best median to the worst: `default modes 1.65–1.95×, strict modes 1.00×`. */
export function peers(
  values: ReadonlyMap<string, readonly number[]>,
  groups: Readonly<Record<string, readonly string[]>>,
  unit: string,
  digits: number,
): string {
  const range = (names: readonly string[]): string => {
    const medians = names.map((name) => median(values.get(name) ?? []));
    const [least, most] = [Math.min(...medians), Math.max(...medians)].map((value) => value.toFixed(digits));
    return least === most ? `${least}${unit}` : `${least}–${most}${unit}`;
  };
  return Object.entries(groups)
    .map(([group, names]) => `${group} ${range(names)}`)
    .join(", ");
}

/** A row whose reach holds only if it holds in every round. */
export function everyRound(
  row: Omit<Row, "measured" | "met">,
  values: readonly number[],
  show: { readonly unit: string; readonly digits: number },
  isMet: (value: number) => boolean,
): Row {
  return { ...row, measured: spread(values, show.unit, show.digits), met: values.every(isMet) };
}
