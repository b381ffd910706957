/** Counts what came of a replay: by limiter, address, reader and status, and how long it took. */

import { metBy } from "./answer.ts";
import { readerOf } from "./reader.ts";
import type { Replayed } from "./replay.ts";

export interface Count {
  total: number;
  denied: number;
}

export interface ReaderCount {
  total: number;
  /** Answers by status. */
  readonly statuses: Map<number, number>;
}

export interface Tally {
  readonly all: Count;
  /** Requests that got no answer. */
  unanswered: number;
  readonly limiters: Map<string, Count>;
  readonly addresses: Map<string, Count>;
  readonly readers: Map<string, ReaderCount>;
  readonly statuses: Map<number, number>;
  readonly tookMs: number[];
  latestMs: number;
}

export function emptyTally(): Tally {
  return {
    all: { total: 0, denied: 0 },
    unanswered: 0,
    limiters: new Map(),
    addresses: new Map(),
    readers: new Map(),
    statuses: new Map(),
    tookMs: [],
    latestMs: 0,
  };
}

/** Adds one request; an answer of 429 is a denial, by the limiter that was asked last. */
export function add(tally: Tally, { request, route, answer, lateMs }: Replayed): void {
  tally.latestMs = Math.max(tally.latestMs, lateMs);
  if (answer === undefined) {
    tally.unanswered++;
    return;
  }
  const { status, headers, tookMs } = answer;
  const denied = status === 429;
  tally.tookMs.push(tookMs);
  increase(tally.statuses, status);
  count(tally.all, denied);
  count(entry(tally.addresses, request.address), denied);
  for (const [index, limiter] of metBy(route.path, status, headers["ratelimit"]).entries()) {
    count(entry(tally.limiters, limiter), denied && index === 0);
  }
  const reader = readerOf(request.agent);
  if (reader === undefined) return;
  const read = tally.readers.get(reader) ?? { total: 0, statuses: new Map() };
  tally.readers.set(reader, read);
  read.total++;
  increase(read.statuses, status);
}

function entry(counts: Map<string, Count>, name: string): Count {
  const found = counts.get(name) ?? { total: 0, denied: 0 };
  counts.set(name, found);
  return found;
}

function count(own: Count, denied: boolean): void {
  own.total++;
  if (denied) own.denied++;
}

function increase(counts: Map<number, number>, name: number): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
