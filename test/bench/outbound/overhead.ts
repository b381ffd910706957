/** What a call costs beyond a bare fetch of a tiny answer on a connection that stays open. */

import { per } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { createClient } from "@sluice/outbound";
import { forkUpstream } from "@sluice/test-services/upstream-process";
import ky from "ky";
import pRetry from "p-retry";
import pThrottle from "p-throttle";
import type { Contenders } from "../contender.ts";
import { type Measure, median, ratioRow } from "../measure.ts";
import { type Progress, quotients, type Repeated, race, rawTimes, timed, wallTime } from "../rounds.ts";

/** Never met: nobody waits, and what is timed is the call. */
const rate = per("10ms", 1_000_000, { burst: 500_000 });
const unmet = { limit: 1_000_000_000, interval: 1_000 };

/** With defaults, as each comes: Sluice and ky end what takes too long, the others do not. */
const callers: Readonly<Record<string, (url: string) => () => Promise<Response>>> = {
  "bare fetch": (url) => () => fetch(url),

  Sluice: (url) => {
    const client = createClient({ name: "bench", backend: memory(), rate });
    return () => client(url);
  },

  /** What every call with an end costs, whoever sets it. */
  "fetch with a time limit": (url) => async () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 30_000);
    try {
      return await fetch(url, { signal: controller.signal });
    } finally {
      clearTimeout(timer);
    }
  },

  "p-throttle in p-retry": (url) => {
    const throttled = pThrottle(unmet)(() => fetch(url));
    return () => pRetry(throttled);
  },

  ky: (url) => () => ky.get(url),
};

export const contenders: Contenders<Progress> = {
  ...Object.fromEntries(Object.entries(callers).map(([name, make]) => [name, timed((url) => oneByOne(make(url)))])),
  ...Object.fromEntries(
    Object.entries(callers).map(([name, make]) => [`${name}, wall`, timed((url) => oneByOne(make(url)), wallTime)]),
  ),
};

export const overhead: Measure = async () => {
  const upstream = await forkUpstream({});
  try {
    const names = Object.keys(callers);
    const cpu = await race(import.meta.url, names, upstream.url);
    const wall = await race(import.meta.url, ["bare fetch, wall", "Sluice, wall"], upstream.url);
    const over = (name: string): number[] => quotients(cpu[name] ?? [], cpu["bare fetch"] ?? []);
    const peers = names.slice(2).map((name) => `${name} ${median(over(name)).toFixed(2)}×`);
    const onWall = quotients(wall["Sluice, wall"] ?? [], wall["bare fetch, wall"] ?? []);
    return {
      rows: [
        ratioRow("CPU time of a call, fetch being 1", peers.join(", "), over("Sluice"), { most: 1.05 }),
        ratioRow("time of a call on the wall, one after the other", "bare fetch", onWall, { most: 1.05 }),
      ],
      raw: [...rawTimes("overhead, CPU", cpu), ...rawTimes("overhead", wall)],
    };
  } finally {
    await upstream.stop();
  }
};

function oneByOne(call: () => Promise<Response>): Repeated {
  return async (operations) => {
    for (let i = 0; i < operations; i++) await (await call()).text();
  };
}
