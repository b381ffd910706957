/** Times contenders in turn, A B C A B C: what slows the machine for a while slows all of them. */

import { type Contender, start } from "./contender.ts";
import { median } from "./measure.ts";

/** Does something as many times as it is told. */
export type Repeated = (operations: number) => void | Promise<void>;

/** What a contender has done since it started. */
export interface Progress {
  readonly operations: number;
  /** Processor time of its thread: waiting for other processes is nobody's cost. */
  readonly spentUs: number;
}

export const rounds = 9;

/** The contenders of a round take turns this often, each time for a slice: machines slow down and recover in between. */
const slices = 8;
const sliceMs = 25;
const warmUpMs = 500;
const chunk = 2_000;

/** A contender that is warm when it first answers, and does one slice for each further answer. */
export function timed(setUp: () => Repeated | Promise<Repeated>): Contender<Progress> {
  return async () => {
    const run = await setUp();
    const warming = process.threadCpuUsage();
    let operations = 0;
    while (microseconds(process.threadCpuUsage(warming)) < warmUpMs * 1_000) {
      await run(chunk);
      operations += chunk;
    }
    const slice = Math.ceil((operations * sliceMs) / warmUpMs);
    return async () => {
      await run(slice);
      operations += slice;
      return { operations, spentUs: microseconds(process.threadCpuUsage()) };
    };
  };
}

/** For each contender its nanoseconds per operation, round by round. Every other turn goes the other way about. */
export async function race<N extends string>(moduleUrl: string, names: readonly N[]): Promise<Record<N, number[]>> {
  const running = names.map((name) => ({ times: [] as number[], process: start<Progress>(moduleUrl, name) }));
  const turn = async (forwards: boolean): Promise<Progress[]> => {
    const progress: Progress[] = [];
    const order = forwards ? [...running.keys()] : [...running.keys()].reverse();
    for (const at of order) progress[at] = (await running[at]?.process.ask()) as Progress;
    return progress;
  };
  try {
    let before = await turn(true);
    for (let round = 0; round < rounds; round++) {
      let after = before;
      for (let slice = 0; slice < slices; slice++) after = await turn(slice % 2 === 1);
      for (const [at, { times }] of running.entries()) times.push(nsPerOperation(before[at], after[at]));
      before = after;
    }
  } finally {
    for (const { process } of running) process.end();
  }
  return Object.fromEntries(names.map((name, at) => [name, running[at]?.times])) as Record<N, number[]>;
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

function nsPerOperation(before: Progress | undefined, after: Progress | undefined): number {
  if (before === undefined || after === undefined) return Number.NaN;
  return ((after.spentUs - before.spentUs) * 1_000) / (after.operations - before.operations);
}

function microseconds({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
