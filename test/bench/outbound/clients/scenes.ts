/** Contenders at upstreams of their own, each of both in a process of its own; all that were asked for begin together. */

import { setTimeout as sleep } from "node:timers/promises";
import { type ForkedUpstream, forkUpstream } from "@sluice/test-services/upstream-process";
import { type Running, start } from "../../contender.ts";
import type { Told } from "./callers.ts";
import type { Work, Worked } from "./work.ts";

type Settings = NonNullable<Parameters<typeof forkUpstream>[0]>;

/** What a contender meets. */
export interface Scene {
  readonly upstream: Settings;
  readonly told: Omit<Told, "url" | "name">;
  readonly work: Omit<Work, "told" | "warmUp">;
  /** Processes of the contender that share the work; each does as many jobs as it says. @default 1 */
  readonly processes?: number | undefined;
  /** What else happens to the upstream from the start on; ends what it began. */
  readonly during?: ((upstream: ForkedUpstream) => () => void) | undefined;
}

/** What became of it. */
export interface Played {
  readonly worked: readonly Worked[];
  readonly counts: Awaited<ReturnType<ForkedUpstream["counts"]>>;
  readonly requestedAt: readonly number[];
}

/** A scene with its contender. */
export interface Cast {
  readonly contender: string;
  readonly scene: Scene;
}

/** What everybody does at once, he does at the start of a window: these begin spread over one. */
const spreadMs = 1_000;

/** More at once would keep one another from starting in time, and calls from arriving. */
const mostAtOnce = 6;

/** Plays all scenes, some at once: for measures that mostly wait. The answers are in the order of the casts. */
export async function played(moduleUrl: string, casts: readonly Cast[]): Promise<readonly Played[]> {
  const plays: Played[] = [];
  for (let i = 0; i < casts.length; i += mostAtOnce) {
    plays.push(...(await playedAtOnce(moduleUrl, casts.slice(i, i + mostAtOnce))));
  }
  return plays;
}

async function playedAtOnce(moduleUrl: string, casts: readonly Cast[]): Promise<readonly Played[]> {
  const ready = await Promise.allSettled(casts.map((cast) => prepared(moduleUrl, cast)));
  try {
    const stages = ready.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
    return await Promise.all(
      stages.map(async ({ play }, i) => {
        await sleep((i * spreadMs) / stages.length);
        return await play();
      }),
    );
  } finally {
    await Promise.all(ready.map((result) => (result.status === "fulfilled" ? result.value.end() : undefined)));
  }
}

/** Every scene has names of its own. */
let scenes = 0;

interface Stage {
  play(): Promise<Played>;
  end(): Promise<void>;
}

/** Starts both sides and lets the contender warm up. */
async function prepared(moduleUrl: string, { contender, scene }: Cast): Promise<Stage> {
  // Free while everyone warms up: what is met there, nobody has to live with afterwards.
  const upstream = await forkUpstream({});
  const { told, processes = 1 } = scene;
  const warmUp = Math.floor(told.limit / processes);
  const given: Work = { ...scene.work, warmUp, told: { ...told, url: upstream.url, name: `api-${++scenes}` } };
  const running: Running<Worked | undefined>[] = [];
  const end = async (): Promise<void> => {
    for (const process of running) process.end();
    await upstream.stop();
  };
  try {
    for (let i = 0; i < processes; i++) {
      running.push(start<Worked | undefined>(moduleUrl, contender, JSON.stringify(given)));
    }
    await Promise.all(running.map(({ ask }) => ask()));
    await upstream.change(scene.upstream);
    await upstream.reset();
  } catch (error) {
    await end();
    throw error;
  }
  const play = async (): Promise<Played> => {
    const stop = scene.during?.(upstream);
    try {
      const worked = (await Promise.all(running.map(({ ask }) => ask()))) as Worked[];
      return { worked, counts: await upstream.counts(), requestedAt: await upstream.requestedAt() };
    } finally {
      stop?.();
    }
  };
  return { play, end };
}
