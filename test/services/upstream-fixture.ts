/** An upstream for each test, on a time that stands still until it is set ahead. */

import { afterEach } from "vitest";
import { startUpstream, type Upstream, type UpstreamOptions } from "./upstream.ts";

/** When that time begins. */
export const start: number = Date.UTC(2027, 4, 12, 9, 30);

const running: Upstream[] = [];

/** Stops them after each test of the file that calls it. */
export function stopAfterEach(): void {
  afterEach(() => Promise.all(running.splice(0).map((upstream) => upstream.stop())));
}

/** A time that stands still until it is set ahead; sleeps end at once, and take the time that they are asked to. */
function standing() {
  let now = start;
  const ahead = (ms: number): void => {
    now += ms;
  };
  return { now: () => now, sleep: async (ms: number) => ahead(ms), ahead };
}

/** An upstream on such a time, and how to ask it. */
export async function at(options: UpstreamOptions = {}) {
  const time = standing();
  const upstream = await startUpstream({ time, ...options });
  running.push(upstream);
  const ask = async (init?: RequestInit): Promise<Response> => {
    const answer = await fetch(upstream.url, init);
    await answer.arrayBuffer();
    return answer;
  };
  const statuses = async (count: number): Promise<number[]> => {
    const all: number[] = [];
    for (let i = 0; i < count; i++) all.push((await ask()).status);
    return all;
  };
  return { upstream, time, ask, statuses };
}
