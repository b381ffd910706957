/** What is held while nothing is sent: sockets while calls wait to be sent again, timers once all of them are over. */

import { forkUpstream } from "@sluice/test-services/upstream-process";
import pRetry from "p-retry";
import { type Contenders, type Running, start } from "../contender.ts";
import type { Measure } from "../measure.ts";
import { around, type Call, type Caller, retrying, within } from "./clients/callers.ts";
import { own } from "./clients/own.ts";

const calls = 5;
/** Calls are refused within this, and nobody is told to come again before three times as long. */
const settledMs = 1_000;
/** More than the buffers of a connection hold. */
const refusalBytes = 8_000_000;
/** A socket that is held is busy whenever one looks; one that is just used again is not. */
const [looks, lookEveryMs] = [6, 50];

interface Given {
  readonly url: string;
  /** Whether to say when calls wait, or what is left when all are over. */
  readonly until: "waiting" | "over";
}

/** The way it is mostly written: what is no answer is thrown away unread. */
const unread: Caller = ({ url }) => {
  return () =>
    pRetry(
      async () => {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`answered ${response.status}`);
        await response.text();
      },
      { minTimeout: 3 * settledMs },
    );
};

const peers: Readonly<Record<string, Caller>> = { ...within, ...around, ...retrying };
const callers: Readonly<Record<string, Caller>> = { ...own, ...peers, "p-retry, answers unread": unread };
/** Whose sockets are looked at: they wait for as long as an answer says. */
const obedient = [...Object.keys(own), "limiter in p-retry", "ky", "p-retry, answers unread"];

/** Answers with the timers that are alive, beyond those before the first call. */
export const contenders: Contenders<number> = Object.fromEntries(
  Object.entries(callers).map(([name, caller]) => [
    name,
    (given: string) => async () => {
      const { url, until } = JSON.parse(given) as Given;
      const before = timers();
      const call: Call = await caller({ url, name: "bench", limit: 100, windowMs: 1_000 });
      const all = Promise.allSettled(Array.from({ length: calls }, () => call()));
      if (until === "over") await all;
      else await new Promise((resolve) => setTimeout(resolve, settledMs));
      return timers() - before;
    },
  ]),
);

const refusals = { "a 429": 429, "a 503": 503 } as const;

export const idle: Measure = async () => {
  const busy: Map<string, number>[] = [];
  for (const refusal of Object.values(refusals)) {
    const held = new Map<string, number>();
    // One by one: what is still being read on a busy machine looks like what is held.
    for (const name of obedient) held.set(name, await busyOf(name, refusal));
    busy.push(held);
  }
  const names = Object.keys(callers);
  const left = new Map(await Promise.all(names.map(async (name) => [name, await timersOf(name)] as const)));
  const others = (held: ReadonlyMap<string, number>): string => {
    const [, ...peers] = [...held];
    const some = peers.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`);
    return some.length === 0 ? "peers 0" : `${some.join(", ")}, others 0`;
  };
  const row = (measure: string, held: ReadonlyMap<string, number>) => {
    const ours = held.get("Sluice");
    return { measure, against: others(held), measured: `${ours}`, reach: "0", met: ours === 0 };
  };
  return {
    rows: [
      ...Object.keys(refusals).map((title, i) =>
        row(`sockets held by ${calls} calls that wait after ${title} with Retry-After`, busy[i] ?? new Map()),
      ),
      row("timers alive after the last call", left),
    ],
    raw: names.map((name) => {
      const held = Object.keys(refusals).map((title, i) => `${busy[i]?.get(name) ?? "?"} sockets after ${title}`);
      return `idle, ${name}: ${obedient.includes(name) ? `${held.join(", ")}, ` : ""}${left.get(name)} timers`;
    }),
  };
};

/** Connections with a request under way all the time, as the upstream sees them. */
async function busyOf(name: string, refusal: number): Promise<number> {
  const upstream = await forkUpstream({ limits: [{ limit: 1, windowMs: 3 * settledMs }], refusal, refusalBytes });
  // Its one place is taken, so that all are refused.
  await upstream.foreign();
  const running = started(name, { url: upstream.url, until: "waiting" });
  try {
    await running.ask();
    const { refused } = await upstream.counts();
    if (refused < calls) throw new Error(`${name}: only ${refused} of ${calls} calls were refused, and may wait`);
    let least = calls;
    for (let look = 0; look < looks; look++) {
      least = Math.min(least, (await upstream.connections()).busy);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return least;
  } finally {
    running.end();
    await upstream.stop();
  }
}

/** After calls of which some were refused and some failed. */
async function timersOf(name: string): Promise<number> {
  const upstream = await forkUpstream({
    limits: [{ limit: Math.ceil(calls / 2), windowMs: 500 }],
    failing: { share: 0.3, status: 503, seed: 1 },
  });
  const running = started(name, { url: upstream.url, until: "over" });
  try {
    return await running.ask();
  } finally {
    running.end();
    await upstream.stop();
  }
}

function started(name: string, given: Given): Running<number> {
  return start<number>(import.meta.url, name, JSON.stringify(given));
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}
