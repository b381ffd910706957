/** What the simulation adds up: rows of the console's tables, in forms that are short as text. */

export const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Of the two days. */
export const minutes = 2 * 24 * 60;

interface Decided {
  readonly minute: number;
  readonly limiter: string;
  readonly plan: string;
  readonly key: string;
  readonly userId?: string | undefined;
  readonly allowed: number;
  readonly denied: number;
}

/** A read of a demo user's feed; `address` and `agent` are places in the lists of simulate-reads.ts. */
export interface Read {
  readonly user: number;
  readonly atMs: number;
  readonly address: number;
  readonly agent: number;
  readonly status: number;
}

export interface DeniedRow {
  readonly hourMs: number;
  readonly limiter: string;
  readonly key: string;
  denials: number;
  lastAtMs: number;
}

export interface RefusedRow {
  readonly userId: string;
  readonly atMs: number;
  readonly limiter: string;
  readonly limit: number;
  readonly times: number;
}

export type Ledger = ReturnType<typeof ledgerUntil>;

/** Begins two days before the minute of this instant. `bucketOf` tells the bucket of a count in hundredths of a unit. */
export function ledgerUntil(nowMs: number, bucketOf: (hundredths: number) => number) {
  const endMs = Math.floor(nowMs / minuteMs) * minuteMs;
  const startMs = endMs - minutes * minuteMs;
  /** `limiter plan outcome` → a count for each minute. */
  const series = new Map<string, number[]>();
  /** `limiter plan` → for each minute bucket, keys and hundredths, one after the other. */
  const histograms = new Map<string, number[][]>();
  const denied = new Map<string, DeniedRow>();
  const refused: RefusedRow[] = [];
  const reads: Read[] = [];

  const add = (name: string, minute: number, count: number): void => {
    if (count === 0) return;
    const counts = series.get(name) ?? Array.from({ length: minutes }, () => 0);
    counts[minute] = (counts[minute] ?? 0) + count;
    series.set(name, counts);
  };

  return {
    startMs,
    endMs,
    series: series as ReadonlyMap<string, readonly number[]>,
    histograms: histograms as ReadonlyMap<string, readonly (readonly number[])[]>,
    denied: denied as ReadonlyMap<string, DeniedRow>,
    refused: refused as readonly RefusedRow[],
    reads: reads as readonly Read[],

    /** Decisions about one key. */
    decide({ minute, limiter, plan, key, allowed, denied: no }: Decided): void {
      add(`${limiter} ${plan} allowed`, minute, allowed);
      add(`${limiter} ${plan} denied`, minute, no);
      if (no === 0) return;
      const atMs = startMs + minute * minuteMs;
      const hour = Math.floor(atMs / hourMs) * hourMs;
      const name = `${hour} ${limiter} ${key}`;
      const row = denied.get(name) ?? { hourMs: hour, limiter, key, denials: 0, lastAtMs: 0 };
      row.denials += no;
      row.lastAtMs = atMs + 55_000;
      denied.set(name, row);
    },

    /** What one key asked for in a minute. */
    ask(minute: number, limiter: string, plan: string, hundredths: number): void {
      const name = `${limiter} ${plan}`;
      const all = histograms.get(name) ?? Array.from({ length: minutes }, () => []);
      histograms.set(name, all);
      const triples = all[minute] as number[];
      const bucket = bucketOf(hundredths);
      for (let at = 0; at < triples.length; at += 3) {
        if (triples[at] !== bucket) continue;
        triples[at + 1] = (triples[at + 1] as number) + 1;
        triples[at + 2] = (triples[at + 2] as number) + hundredths;
        return;
      }
      triples.push(bucket, 1, hundredths);
    },

    /** A denial as its user is told of it. */
    refuse(userId: string, atMs: number, limiter: string, limit: number, times: number): void {
      refused.push({ userId, atMs, limiter, limit, times });
    },

    read(one: Read): void {
      reads.push(one);
    },
  };
}
