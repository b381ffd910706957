/** Services of our own that prospects are looked up with, as the real ones answer, and the job on a clock that runs ahead of waits. */

import { memory } from "@sluice/core/memory";
import { type Database, enrichProspects, type ProspectServices, prospectApis, seedWhenEmpty } from "@sluice/feeds";
import { prospects, users } from "@sluice/feeds/schema";
import type { LocalTime } from "@sluice/outbound";
import {
  startUpstream,
  type Upstream,
  type UpstreamOptions,
  type UpstreamRequest,
} from "@sluice/test-services/upstream";
import { asc } from "drizzle-orm";
import { openDatabase } from "../src/database.ts";
import { type LogLine, migrations } from "./feeds.ts";

export const startMs = Date.UTC(2026, 5, 1, 9);
export const minuteMs = 60_000;
const key = "s3cr3t-key";

/** A clock on which whoever waits for a turn or a retry finds his time come; attempts' time limits stand still with it. */
export interface JumpingTime extends LocalTime {
  nowMs: number;
  /** Whether attempts' time limits pass after all, a little later. */
  timesOut: boolean;
}

export function jumpingTime(): JumpingTime {
  return {
    nowMs: startMs,
    timesOut: false,
    now() {
      return this.nowMs;
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (ms >= 30_000) {
        await new Promise<void>((resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
          if (this.timesOut) setTimeout(resolve, 100);
        });
      }
      this.nowMs += Math.ceil(ms);
    },
  };
}

const html = { "content-type": "text/html" };
const link = (site: string): string =>
  `<a class="result__a" href="//duckduckgo.com/l/?uddg=${encodeURIComponent(site)}&amp;rut=1">A</a>`;
export const page = (...sites: string[]) => ({
  headers: html,
  body: `<html>${sites.length === 0 ? '<div class="no-results">' : sites.map(link).join("")}</html>`,
});
export const completion = (content: string) => ({
  body: JSON.stringify({ choices: [{ message: { content } }], usage: { total_tokens: 120 } }),
});

/** What a prospect is called in a request, wherever it stands there. */
export const nameIn = ({ path, body }: UpstreamRequest): string => {
  return /company-\d+/.exec(`${decodeURIComponent(path)} ${body}`)?.[0] ?? "";
};

const ban = { after: 3, withinMs: minuteMs, forMs: 6 * 60 * minuteMs };

/** As each behaves when nothing is wrong: it counts, and bans who asks too often. */
const offers: Readonly<Record<ServiceName, UpstreamOptions>> = {
  search: {
    limits: [{ limit: 30, windowMs: minuteMs }],
    ban,
    answer: (at) => page(`https://www.${nameIn(at)}.example/x`),
  },
  grok: {
    limits: [{ limit: 60, windowMs: minuteMs }],
    ban,
    answer: (at) => completion(`{"email":"info@${nameIn(at)}.example"}`),
  },
  verifier: { limits: [{ limit: 100, windowMs: minuteMs }], ban, answer: () => ({ body: '{"result":"ok"}' }) },
  records: { limits: [{ limit: 1_000, windowMs: 1_000 }], ban, answer: () => ({ status: 201, body: "" }) },
};

const usual = { fault: undefined, refusal: undefined, tells: undefined } satisfies UpstreamOptions;

export type ServiceName = "search" | "grok" | "verifier" | "records";

/** The four services on loopback, what each was asked about, and the settings that reach them. */
export async function startServices(time?: LocalTime) {
  const asked: Record<ServiceName, UpstreamRequest[]> = { search: [], grok: [], verifier: [], records: [] };
  const upstreams = {} as Record<ServiceName, Upstream>;
  for (const name of Object.keys(offers) as ServiceName[]) upstreams[name] = await startUpstream(watched(name, {}));

  /** What is asked and answered is written down on its way. */
  function watched(name: ServiceName, changes: UpstreamOptions): UpstreamOptions {
    const { answer, ...rest } = { ...usual, ...offers[name], ...changes };
    return {
      ...rest,
      ...(time && { time }),
      async answer(request) {
        asked[name].push(request);
        return (await answer?.(request)) ?? {};
      },
    };
  }

  const services: ProspectServices = {
    duckDuckGo: { url: upstreams.search.url },
    grok: { url: upstreams.grok.url, key, model: "grok-4" },
    millionVerifier: { url: upstreams.verifier.url, key },
    supabase: { url: upstreams.records.url, key },
  };
  return {
    upstreams,
    asked,
    services,
    change: (name: ServiceName, changes: UpstreamOptions) => upstreams[name].change(watched(name, changes)),
    /** Every request to any of them, by its time. */
    calls: () =>
      Object.values(upstreams)
        .flatMap((upstream) => upstream.requestedAt())
        .sort((a, b) => a - b),
    stop: () => Promise.all(Object.values(upstreams).map((upstream) => upstream.stop())),
  };
}

/** The most instants in any window of so long. */
export function mostWithin(instants: readonly number[], windowMs: number): number {
  let [most, first] = [0, 0];
  instants.forEach((atMs, n) => {
    while ((instants[first] ?? atMs) <= atMs - windowMs) first++;
    most = Math.max(most, n - first + 1);
  });
  return most;
}

export function keptLog() {
  const log: LogLine[] = [];
  const line = (level: LogLine["level"]) => (fields: object, message: string) => {
    log.push({ level, message, fields: fields as Record<string, unknown> });
  };
  return { log, logger: { info: line("info"), warn: line("warn"), error: line("error") } };
}

/** Adds prospects called company-1, company-2 … to a database. */
export async function addCompanies(db: Database, count: number, site?: string): Promise<void> {
  const [user] = await db.select().from(users);
  for (let n = 1; n <= count; n++) {
    const row = { id: crypto.randomUUID(), userId: user?.id ?? "", name: `company-${n}`, site: site ?? null };
    const dates = { nextTryAtMs: startMs - 1_000 + n, createdAtMs: startMs, updatedAtMs: startMs };
    await db.insert(prospects).values({ ...row, ...dates, emailState: "pending" });
  }
}

/** The job with its services and a database with so many prospects. */
export async function stand(count: number, changed: Partial<ProspectServices> = {}, fetching?: typeof fetch) {
  const time = jumpingTime();
  const started = await startServices(time);
  const { db } = openDatabase(":memory:", migrations);
  await seedWhenEmpty(db);
  await addCompanies(db, count);
  const kept = keptLog();
  const backend = memory({ clock: time });
  const services = { ...started.services, ...changed };
  const apis = prospectApis({ services, backend, time, fetch: fetching });
  const never = new AbortController().signal;
  const run = (signal = never, perRun?: number) => enrichProspects({ db, apis, ...kept, time, perRun }, signal);
  return {
    ...started,
    ...kept,
    time,
    db,
    apis,
    run,
    /** Runs it every five minutes, so many times. */
    async runs(times: number) {
      const outcomes = [];
      for (let n = 0; n < times; n++) {
        outcomes.push(await run());
        time.nowMs += 5 * minuteMs;
      }
      return outcomes;
    },
    rows: () => db.select().from(prospects).orderBy(asc(prospects.nextTryAtMs), asc(prospects.id)),
  };
}
