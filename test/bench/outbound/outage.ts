/** A total outage and the recovery from it: what is sent meanwhile, and how soon everything is as it was. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ForkedUpstream } from "@sluice/test-services/upstream-process";
import type { Contenders } from "../contender.ts";
import { type Measure, median } from "../measure.ts";
import { around, type Caller, retrying, within } from "./clients/callers.ts";
import { patient } from "./clients/own.ts";
import { type Played, played, type Scene } from "./clients/scenes.ts";
import { type Worked, working } from "./clients/work.ts";
import { everyRound, spread } from "./waiting.ts";

const rounds = 1;
const windowMs = 1_000;
/** Calls come evenly, and fill four fifths of the limit. */
const [limit, perSecond] = [25, 20];
const [beforeMs, droppedMs, brokenMs, afterMs] = [3_000, 2_500, 2_500, 10_000];
const jobs = ((beforeMs + droppedMs + brokenMs + afterMs) * perSecond) / 1_000;
/** How long the breaker stays open before it probes. */
const openMs = 2_000;
const fullShare = 0.9;

const callers: Readonly<Record<string, Caller | undefined>> = {
  Sluice: patient({ openMs }),
  "limiter in p-retry": within["limiter in p-retry"],
  Bottleneck: around["Bottleneck"],
  "p-retry": retrying["p-retry"],
  ky: retrying["ky"],
};

export const contenders: Contenders<Worked | undefined> = Object.fromEntries(
  Object.entries(callers).flatMap(([name, caller]) => (caller === undefined ? [] : [[name, working(caller)]])),
);

interface Recovery {
  /** Requests that came during the outage for each call that was made then, less one. */
  readonly extra: number;
  /** From the end of the outage to the first second in which nine tenths of what comes each second is answered. */
  readonly fullAfterMs: number;
  readonly told: string;
}

export const outage: Measure = async () => {
  const names = Object.keys(contenders);
  const runs = new Map(names.map((name) => [name, [] as Recovery[]]));
  for (let round = 0; round < rounds; round++) {
    const spans = names.map(() => ({ fromMs: Number.NaN, toMs: Number.NaN }));
    const plays = await played(
      import.meta.url,
      names.map((contender, i) => ({ contender, scene: sceneOf(spans[i] as Span) })),
    );
    names.forEach((name, i) => void runs.get(name)?.push(recovery(plays[i] as Played, spans[i] as Span)));
  }
  const [ours = [], ...peers] = runs.values();
  const extra = (all: readonly Recovery[]): number[] => all.map(({ extra }) => extra * 100);
  const periods = (all: readonly Recovery[]): number[] => all.map(({ fullAfterMs }) => fullAfterMs / openMs);
  const among = (pick: (all: readonly Recovery[]) => number[], digits: number): string => {
    const medians = peers.map((all) => median(pick(all)));
    return [Math.min(...medians), Math.max(...medians)].map((value) => value.toFixed(digits)).join("–");
  };
  return {
    rows: [
      everyRound(
        {
          measure: `extra load during an outage of ${(droppedMs + brokenMs) / 1_000} s, on ${perSecond} calls a second`,
          against: `retries without a breaker ${among(extra, 0)} %`,
          reach: "≤ 10 %",
        },
        extra(ours),
        { unit: " %", digits: 0 },
        (percent) => percent <= 10,
      ),
      everyRound(
        {
          measure: `time to full rate after it, in half-open periods of ${openMs / 1_000} s`,
          against: `without a breaker ${among(periods, 1)}`,
          reach: "≤ 2",
        },
        periods(ours),
        { unit: "", digits: 1 },
        (count) => count <= 2,
      ),
    ],
    raw: [...runs].map(([name, all]) => {
      const values = `extra ${spread(extra(all), " %", 0)}, full after ${spread(periods(all), " periods", 2)}`;
      return `outage, ${name}: ${values}; ${all.map(({ told }) => told).join(" | ")}`;
    }),
  };
};

interface Span {
  fromMs: number;
  toMs: number;
}

function sceneOf(span: Span): Scene {
  return {
    upstream: { limits: [{ limit, windowMs }] },
    told: { limit, windowMs },
    work: { jobs, everyMs: 1_000 / perSecond, mostMs: 3_000 },
    during(upstream) {
      const ended = new AbortController();
      breaking(upstream, span, ended.signal).catch(() => {});
      return () => ended.abort();
    },
  };
}

/** First every connection is cut, then everything is 503, then all is well. */
async function breaking(upstream: ForkedUpstream, span: Span, signal: AbortSignal): Promise<void> {
  await sleep(beforeMs, undefined, { signal });
  await upstream.change({ failing: { share: 1, status: "drop", seed: 1 } });
  span.fromMs = Date.now();
  await sleep(droppedMs, undefined, { signal });
  await upstream.change({ failing: { share: 1, status: 503, seed: 1 } });
  await sleep(brokenMs, undefined, { signal });
  await upstream.change({ failing: undefined });
  span.toMs = Date.now();
}

function recovery({ worked: [worked], counts, requestedAt }: Played, { fromMs, toMs }: Span): Recovery {
  const { cameMs = [], doneMs = [], givenUp = {} } = worked ?? {};
  const within = (instants: readonly number[], from: number, to: number): number =>
    instants.filter((at) => at >= from && at < to).length;
  const extra = within(requestedAt, fromMs, toMs) / within(cameMs, fromMs, toMs) - 1;
  const least = fullShare * perSecond;
  const full = doneMs.find((at) => at >= toMs && within(doneMs, at, at + 1_000) >= least) ?? Number.POSITIVE_INFINITY;
  const reasons = Object.entries(givenUp).map(([why, count]) => `, ${count} × ${why}`);
  const told = `${doneMs.length}/${jobs} done, ${counts.refused} 429s${reasons.join("")}`;
  return { extra, fullAfterMs: full - toMs, told };
}
