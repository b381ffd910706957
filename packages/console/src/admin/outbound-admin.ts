/** What goes out: mail against its limits, calls of APIs, and what holds them. */

import type { BreakerState, InboxUsage, LimitState, SendUsage, Tuned } from "@sluice/outbound";

/** An inbox with its use today and what its warm-up will allow. */
export interface InboxRow extends InboxUsage {
  /** For people. */
  readonly address: string;
  /** Why it is held, if a complaint holds it. */
  readonly heldReason?: string | undefined;
  /** Mails that it may send on each day of its warm-up, from its first on; empty without one. At most 60. */
  readonly curve: readonly number[];
}

export interface SendingView extends Omit<SendUsage, "inboxes"> {
  readonly inboxes: readonly InboxRow[];
  /** Why none of it goes out whatever the limits say, and the cure; absent where it does. */
  readonly waits?: string | undefined;
  /** Places taken in the hour's limit, by hour, the last 24: mails, unless they were given back. */
  readonly takenByHour: readonly { readonly atMs: number; readonly taken: number }[];
}

/** What became of the calls of one API in the last 24 hours. */
export interface ApiTotals {
  readonly calls: number;
  readonly retries: number;
  /** 429s met. */
  readonly throttled: number;
  readonly failures: number;
  /** Absent without answers. */
  readonly meanLatencyMs?: number | undefined;
  readonly meanWaitMs?: number | undefined;
}

export interface ApiRow {
  readonly name: string;
  readonly limits: readonly LimitState[];
  readonly tuned?: Tuned | undefined;
  readonly breaker?: BreakerState | undefined;
  /** Calls that wait for their turn in this process; absent where none is made here. */
  readonly queue?: number | undefined;
  readonly day: ApiTotals;
  /** Why the state is absent: the backend does not answer, or nothing here can hold it. */
  readonly because?: string | undefined;
}

export interface QueueRow {
  readonly name: string;
  readonly waiting: number;
  readonly oldestAtMs?: number | undefined;
}

export interface LeaseRow {
  readonly name: string;
  readonly isHeld: boolean;
  readonly by?: string | undefined;
  readonly endsAtMs?: number | undefined;
}

export interface OutboundView {
  /** Absent where the app sends no mail. */
  readonly sending?: SendingView | undefined;
  readonly apis: readonly ApiRow[];
  readonly queues: readonly QueueRow[];
  readonly leases: readonly LeaseRow[];
  /** 429s met by hour, the last 24, over all APIs. */
  readonly throttledByHour: readonly { readonly atMs: number; readonly calls: number; readonly throttled: number }[];
  /** Parts that are missing because what tells of them does not answer, and inboxes that are mistaken: in sentences. */
  readonly troubles?: readonly string[] | undefined;
}

/** Until when, and why. */
export interface HoldDraft {
  /** 1 to 500 characters. */
  readonly reason: string;
  /** Absent: until somebody resumes. */
  readonly untilMs?: number | undefined;
}

/** Rejects with AdminError `unknown` for an API or inbox there is not, `unavailable` where the backend fails. */
export interface OutboundAdmin {
  read(): Promise<OutboundView>;
  pauseSending(hold: HoldDraft, by: string): Promise<void>;
  resumeSending(by: string): Promise<void>;
  pauseInbox(id: string, hold: HoldDraft, by: string): Promise<void>;
  resumeInbox(id: string, by: string): Promise<void>;
  /** Lets an inbox go that a complaint holds. Rejects with `unsupported` where the app has no way to. */
  releaseInbox(id: string, by: string): Promise<void>;
  pauseApi(name: string, hold: HoldDraft, by: string): Promise<void>;
  resumeApi(name: string, by: string): Promise<void>;
  /** Rejects with `unsupported` for an API without a breaker. */
  openBreaker(name: string, reason: string, by: string): Promise<void>;
  closeBreaker(name: string, by: string): Promise<void>;
}
