/** The job that fetches what users subscribe to: politely, one request after the other to each host. */

import type { Client } from "@sluice/outbound";
import type { Database } from "../database.ts";
import { type DueFeed, dueFeeds } from "../gathering/due.ts";
import { postpone, progress } from "../gathering/progress.ts";
import { visit } from "../gathering/visit.ts";
import { type Logger, loggable } from "../logger.ts";

export interface FetchDeps {
  readonly db: Database;
  readonly clientOf: (url: URL) => Client;
  readonly allowPrivate: boolean;
  readonly publicUrl: string | undefined;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface Fetched {
  /** Feeds that were read, new or not. */
  readonly fetched: number;
  /** Entries that are new to somebody. */
  readonly entries: number;
  readonly failed: number;
  /** Feeds whose host is left alone for now. */
  readonly postponed: number;
}

/** After this no visit is begun: the next run goes on. */
const longestRunMs = 4 * 60_000;

/** As many connections at once a Worker can have. */
const mostHosts = 6;

/** As many visits in a row that cannot be written down, and nobody else is visited for nothing. */
const mostUnwritten = 3;

type Count = { -readonly [Name in keyof Fetched | "unwritten"]: number };

/**
 * Fetches what is due, until all of it is done or the time is over; tells what came of it. Rejects where a backend or the database
 * is at fault.
 */
export async function fetchDue(deps: FetchDeps, signal: AbortSignal): Promise<Fetched> {
  const { db, now } = deps;
  const untilMs = now() + longestRunMs;
  const count: Count = { fetched: 0, entries: 0, failed: 0, postponed: 0, unwritten: 0 };
  const hosts = (await dueFeeds(db, now())).values();
  const failing = new AbortController();
  const ending = AbortSignal.any([signal, failing.signal]);
  const worker = async (): Promise<void> => {
    for (const host of hosts) {
      const queue = [...host];
      for (let due = queue.shift(); due !== undefined; due = queue.shift()) {
        if (ending.aborted || now() > untilMs) return;
        await fetchOne(deps, due, queue, count, ending);
      }
    }
  };
  // Where one cannot go on, none goes on after the job has ended.
  const failed = (error: unknown): void => failing.abort(error);
  await Promise.all(Array.from({ length: mostHosts }, () => worker().catch(failed)));
  if (failing.signal.aborted && !signal.aborted) throw failing.signal.reason;
  const { unwritten: _, ...fetched } = count;
  return fetched;
}

async function fetchOne(
  deps: FetchDeps,
  due: DueFeed,
  queue: DueFeed[],
  count: Count,
  signal: AbortSignal,
): Promise<void> {
  const { db, now, logger } = deps;
  const visited = await visit(deps, due.url, { userAgent: userAgent(deps, due), last: sharedBy(due), signal });
  // The whole host is left alone: nobody asks it for the others either.
  const left = visited.is === "later" && visited.host === new URL(due.url).host ? queue.splice(0) : [];
  if (visited.is === "later") {
    await postpone(
      db,
      [due, ...left].map(({ url }) => url),
      visited.untilMs,
    );
    count.postponed += 1 + left.length;
    return;
  }
  try {
    count.entries += await progress(db, due, visited, now());
    if (visited.is === "failed") count.failed++;
    else count.fetched++;
    count.unwritten = 0;
  } catch (error) {
    // Its feed may be gone by now, and other feeds are as due; what is not written is fetched again.
    count.failed++;
    logger.error(loggable(error), "what was fetched could not be written");
    if (++count.unwritten >= mostUnwritten) throw error;
  }
}

/** All of them have the same, or one of them has nothing yet and needs everything. */
function sharedBy({ subscribers: [first, ...others] }: DueFeed) {
  if (first === undefined || (first.etag === null && first.lastModified === null)) return undefined;
  const isShared = others.every(({ etag, lastModified }) => etag === first.etag && lastModified === first.lastModified);
  return isShared ? first : undefined;
}

/** Who asks and for how many, so that a publisher knows whom to turn to. */
function userAgent({ publicUrl }: FetchDeps, { subscribers }: DueFeed): string {
  const many = `${subscribers.length} subscriber${subscribers.length === 1 ? "" : "s"}`;
  return `Sluice-feeds/0.1 (${publicUrl === undefined ? "" : `+${publicUrl}; `}${many})`;
}
