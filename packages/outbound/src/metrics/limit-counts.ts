/** Counts what becomes of the calls on one limit, and puts what was counted since the last time into a line. */

/** Counts of one limit, over all its keys. Plain data. */
export interface LimitCounters {
  /** Places that were taken, delayed ones included. */
  readonly granted: number;
  /** Places that were taken ahead of their time. */
  readonly delayed: number;
  readonly denied: number;
  readonly refunded: number;
  readonly committed: number;
  readonly pauses: number;
  readonly resumes: number;
  /** How far ahead delayed places were, added up, in milliseconds. */
  readonly waitMs: number;
}

/** Something that happened on one limit. */
export interface LimitEvent {
  /** `granted` takes a place now, `delayed` one that is `waitMs` ahead. */
  readonly type: "granted" | "delayed" | "denied" | "refunded" | "committed" | "paused" | "resumed";
  readonly limit: string;
  readonly key: string;
  /** By this process's clock. */
  readonly atMs: number;
  readonly cost?: number | undefined;
  readonly waitMs?: number | undefined;
  readonly because?: "limit" | "paused" | "never" | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/** One line for a log: what happened on one limit since its last line. Flat, without keys. */
export interface LimitLine extends LimitCounters {
  readonly event: "limit";
  readonly limit: string;
  /** How long this line covers. */
  readonly overMs: number;
}

type Counts = { -readonly [Name in keyof LimitCounters]: number };

const none = (): Counts => ({
  granted: 0,
  delayed: 0,
  denied: 0,
  refunded: 0,
  committed: 0,
  pauses: 0,
  resumes: 0,
  waitMs: 0,
});

/** The counters of one limit. */
export class LimitCounts {
  /** When the last line was written, by this process's clock. */
  loggedAt: number;
  readonly counts: Counts = none();
  /** The counters as they stood at the last line. */
  #logged: Counts = none();

  constructor(now: number) {
    this.loggedAt = now;
  }

  add({ type, waitMs = 0 }: Omit<LimitEvent, "atMs">): void {
    const { counts } = this;
    if (type === "paused") counts.pauses++;
    else if (type === "resumed") counts.resumes++;
    else counts[type]++;
    if (type !== "delayed") return;
    counts.granted++;
    counts.waitMs += waitMs;
  }

  /** What was counted since the last line; the next one begins here. */
  line(limit: string, now: number): LimitLine {
    const line = { event: "limit" as const, limit, overMs: now - this.loggedAt, ...this.#since() };
    this.#logged = { ...this.counts };
    this.loggedAt = now;
    return line;
  }

  /** Whether anything was counted since the last line. */
  get isNew(): boolean {
    return Object.values(this.#since()).some((count) => count > 0);
  }

  #since(): Counts {
    const names = Object.keys(this.counts) as (keyof Counts)[];
    return Object.fromEntries(names.map((name) => [name, this.counts[name] - this.#logged[name]])) as Counts;
  }
}
