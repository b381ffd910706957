/** Records what happens without anybody's waiting for it: collected while requests are answered, written a moment later. */

import type { Backend, Decision, Refused, Settlement } from "@sluice/core";

/** A read of a public feed. */
export interface FeedAccess {
  readonly feedId: string;
  readonly ownerId: string;
  readonly atMs: number;
  readonly address: string;
  readonly userAgent: string;
  readonly status: number;
  /** What the limits said of it: `allowed`, `denied`, `open`, `closed`, or `none` where none was asked. */
  readonly decision: string;
}

/** Counts of this process since its start. Plain data, for metrics. */
export interface RecorderCounters {
  /** By policy, plan and outcome. */
  readonly decisions: readonly {
    readonly limiter: string;
    readonly plan: string;
    readonly outcome: string;
    readonly count: number;
  }[];
  /**
   * What was left out because there was too much of it: reads of feeds; decisions without their key in a histogram; denials in no
   * list of keys or users; rows and statements for which there was no room while the database was away.
   */
  readonly dropped: Readonly<Record<"accesses" | "keys" | "denials" | "writes", number>>;
  /** Writings that failed. */
  readonly failed: number;
}

export interface Recorder {
  /** Hand it to `rateLimit({ onDecision })`. Takes no time worth telling, and never throws. */
  readonly onDecision: (event: { readonly allowed: boolean; readonly decisions: readonly Decision[] }) => void;
  /**
   * For refusals that no backend was asked about, such as by a limit of 0, and to know which of several limiters refused. Hand it
   * to `rateLimit({ onDenied })`: it leaves the answer to others.
   */
  readonly onDenied: (event: {
    readonly refused: readonly Refused[];
    readonly decisions: readonly Decision[];
  }) => undefined;
  /**
   * For what requests finally cost, such as a conditional read that is charged a tenth and gets a full answer: without it
   * histograms have what was charged at first. Hand it to `rateLimit({ onSettled })`.
   */
  readonly onSettled: (event: {
    readonly settlements: readonly Settlement[];
    readonly backend: Pick<Backend, "features">;
  }) => void;
  access(access: FeedAccess): void;
  /** Something else that is written along with decisions waits; a moment later it is written. */
  soon(): void;
  counters(): RecorderCounters;
  /** Writes what waits now; for the end of a process. Never rejects. */
  flush(): Promise<void>;
}
