/** A contender that has calls to make, and tells what became of them; it ends with its process, finished or not. */

import type { Contender } from "../../contender.ts";
import type { Call, Caller, Told } from "./callers.ts";

/** What a contender has to do. */
export interface Work {
  readonly told: Told;
  readonly jobs: number;
  /** How many calls it makes at once before, three times: its share of what a window has room for. */
  readonly warmUp: number;
  /** One job after so long, and not all at once: calls come whether or not those before them have their answers. */
  readonly everyMs?: number | undefined;
  /** Who takes longer, from when the last job came, is stopped; jobs that are not done by then are not done. */
  readonly mostMs: number;
}

/** Instants are in milliseconds since 1970, since those of several processes are compared. */
export interface Worked {
  readonly startedMs: number;
  /** When the last job was done or given up, or when it was stopped. */
  readonly endedMs: number;
  /** When each job came. */
  readonly cameMs: readonly number[];
  /** When each job that was done was done, in order. */
  readonly doneMs: readonly number[];
  /** What jobs were given up for. */
  readonly givenUp: Readonly<Record<string, number>>;
}

/** The first answer says that it is warm: it has made a few windows of calls, which the upstream is made to forget. */
export function working(caller: Caller): Contender<Worked | undefined> {
  return (given) => {
    const work = JSON.parse(given) as Work;
    let isWarm = false;
    let call: Call | undefined;
    return async () => {
      if (isWarm && call !== undefined) return await worked(call, work);
      const warm = await caller({ ...work.told, name: `${work.told.name}-warm` });
      // As many connections as a window's calls need are open then, and their code is compiled.
      for (let i = 0; i < 3; i++) {
        await Promise.allSettled(Array.from({ length: work.warmUp }, () => warm()));
      }
      call = await caller(work.told);
      isWarm = true;
      return undefined;
    };
  };
}

async function worked(call: Call, { jobs, everyMs, mostMs }: Work): Promise<Worked> {
  const startedMs = Date.now();
  const [cameMs, doneMs]: [number[], number[]] = [[], []];
  const givenUp: Record<string, number> = {};
  const job = async (): Promise<void> => {
    cameMs.push(Date.now());
    try {
      await call();
      doneMs.push(Date.now());
    } catch (error) {
      const why = nameOf(error);
      givenUp[why] = (givenUp[why] ?? 0) + 1;
    }
  };
  const running: Promise<void>[] = [];
  for (let i = 0; i < jobs; i++) {
    if (everyMs !== undefined) await pause(startedMs + i * everyMs - Date.now());
    running.push(job());
  }
  await Promise.race([pause(mostMs), Promise.all(running)]);
  return { startedMs, endedMs: Date.now(), cameMs: [...cameMs], doneMs: [...doneMs], givenUp: { ...givenUp } };
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
