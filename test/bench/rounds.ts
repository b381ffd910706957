/** Times contenders in turn, A B C A B C: what slows the machine for a while slows all of them. */

import { type Contender, start } from "./contender.ts";
import { median } from "./measure.ts";

/** Does something as many times as it is told. */
export type Repeated = (operations: number) => void | Promise<void>;

/** What a contender has done in one slice. */
export interface Progress {
  readonly operations: number;
  readonly spentUs: number;
}

/** Also what its thread spent, where something else is what was timed. */
export interface TimedProgress extends Progress {
  readonly threadUs: number;
}

/** Tells what has been spent so far, in microseconds. */
export type Spending = () => number;

export const rounds = 9;

/** The contenders of a round take turns this often, each time for a slice: machines slow down and recover in between. */
const slices = 8;
const sliceMs = 25;
const warmUpMs = 500;
const chunk = 2_000;

/** Processor time of the thread: waiting for other processes is nobody's cost. */
export const threadTime: Spending = () => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** Time on the wall, for work that a server shares: what it spends is then a contender's, too. */
export const wallTime: Spending = () => performance.now() * 1_000;

/**
 * A contender that is warm when it first answers, and does one slice for each further answer. `setUp` receives what the
 * race was given.
 */
export function timed(
  setUp: (given: string) => Repeated | Promise<Repeated>,
  spent: Spending = threadTime,
): Contender<TimedProgress> {
  return async (given) => {
    const run = await setUp(given);
    const measured = async (operations: number): Promise<TimedProgress> => {
      const [before, threadBefore] = [spent(), threadTime()];
      await run(operations);
      return { operations, spentUs: spent() - before, threadUs: threadTime() - threadBefore };
    };
    let operations = 0;
    let warmedUs = 0;
    for (; warmedUs < warmUpMs * 1_000; operations += chunk) warmedUs += (await measured(chunk)).spentUs;
    const slice = Math.ceil((operations * sliceMs) / warmUpMs);
    return () => measured(slice);
  };
}

/** Contenders, each in a process of its own and warm; `end` ends them. */
export interface Field<N extends string> {
  slice(name: N): Promise<TimedProgress>;
  end(): void;
}

export async function field<N extends string>(moduleUrl: string, names: readonly N[], given = ""): Promise<Field<N>> {
  const running = new Map(names.map((name) => [name, start<TimedProgress>(moduleUrl, name, given)]));
  const slice = async (name: N): Promise<TimedProgress> => (await running.get(name)?.ask()) as TimedProgress;
  const end = (): void => {
    for (const process of running.values()) process.end();
  };
  try {
    for (const name of names) await slice(name);
  } catch (error) {
    end();
    throw error;
  }
  return { slice, end };
}

/** For each contender, in a process of its own, its nanoseconds per operation, round by round. */
export async function race<N extends string>(
  moduleUrl: string,
  names: readonly N[],
  given = "",
): Promise<Record<N, number[]>> {
  const { slice, end } = await field(moduleUrl, names, given);
  try {
    return await inTurn(names, slice);
  } finally {
    end();
  }
}

/** For each contender its nanoseconds per operation, round by round. Every other turn goes the other way about. */
export async function inTurn<N extends string>(
  names: readonly N[],
  slice: (name: N) => Promise<Progress>,
  turns: number = slices,
): Promise<Record<N, number[]>> {
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, number[]>;
  for (let round = 0; round < rounds; round++) {
    const sums = new Map<N, Progress>();
    for (let turn = 0; turn < turns; turn++) {
      for (const name of turn % 2 === 1 ? names : names.toReversed()) {
        const { operations = 0, spentUs = 0 } = sums.get(name) ?? {};
        const done = await slice(name);
        sums.set(name, { operations: operations + done.operations, spentUs: spentUs + done.spentUs });
      }
    }
    for (const [name, { operations, spentUs }] of sums) times[name].push((spentUs * 1_000) / operations);
  }
  return times;
}

/** `a[i] / b[i]` for every round. */
export function quotients(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, round) => value / (b[round] ?? Number.NaN));
}

/** `a[i] - b[i]` for every round. */
export function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, round) => value - (b[round] ?? Number.NaN));
}

/** One raw line for each contender: `decisions/s, one hot key, Sluice: 171 ns/op (160–190)`. */
export function rawTimes(title: string, times: Readonly<Record<string, readonly number[]>>): string[] {
  return Object.entries(times).map(([name, all]) => {
    const [least, most] = [Math.min(...all), Math.max(...all)].map((ns) => ns.toFixed(0));
    return `${title}, ${name}: ${median(all).toFixed(0)} ns/op (${least}–${most})`;
  });
}
