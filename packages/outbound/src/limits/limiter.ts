/** A limit that calls wait for, and the verbs it is asked by. */

import type { Policy } from "@sluice/core/engine";
import type { Denial } from "./denial.ts";
import type { Reservation } from "./reservation.ts";

/** What trying and reserving answer: a place, or why not. Tell them apart by `allowed`. */
export type Answer = Reservation | Denial;

export interface ReserveOptions {
  /**
   * The longest wait that is accepted, in milliseconds; a slot further ahead is not taken. Limits that book nothing ahead
   * (calendars and windows, and every limit while it is paused) fit now or are denied.
   * @default 0
   */
  readonly maxWaitMs?: number | undefined;
}

export interface AcquireOptions {
  /**
   * The longest wait that is accepted, in milliseconds. Where the slot is further ahead it is refused at once, not after
   * that time.
   * @default 30_000
   */
  readonly maxWaitMs?: number | undefined;
  /** Stops waiting and gives the slot back; if that fails, the slot stays spent. */
  readonly signal?: AbortSignal | undefined;
}

/** Why, until when and by whom a limit is held. */
export interface PauseOptions {
  /** How long, in milliseconds. Give this or `until`; without either it holds until somebody resumes. */
  readonly forMs?: number | undefined;
  /** The instant at which it ends, by this process's clock. */
  readonly until?: Date | number | undefined;
  /** For people: "429 from the API", "bounces of 8 %". At most 500 characters. */
  readonly reason: string;
  /** Who paused it: a person's or a process's name. At most 200 characters. */
  readonly by: string;
}

export interface ResumeOptions {
  /**
   * Whether the rate grows from one probe to the whole limit, over the limiter's `rampMs`, or is whole at once.
   * @default true
   */
  readonly ramp?: boolean | undefined;
  /** Who resumed it. At most 200 characters. */
  readonly by?: string | undefined;
}

/** A pause as it stands. */
export interface Pause {
  readonly reason: string;
  readonly by: string;
  readonly sinceMs: number;
  /** Absent when it holds until somebody resumes. */
  readonly untilMs?: number | undefined;
}

/** One limit as it stands; numbers that the backend cannot know are absent. For display: what it says may be over at once. */
export interface LimitState {
  readonly name: string;
  readonly key: string;
  readonly limit: number;
  /** Units spent or reserved within the window; where there is a burst, of that burst, since it is all that a bucket remembers. */
  readonly used?: number | undefined;
  readonly remaining?: number | undefined;
  /** Until the limit is as if never used. */
  readonly resetAfterMs?: number | undefined;
  readonly paused?: Pause | undefined;
  /** Since a pause the rate is still growing for so long; absent when it is not. */
  readonly rampLeftMs?: number | undefined;
}

/** The verbs of one limit, or of several as one. */
export interface Limiter {
  /**
   * Takes `cost` units now, or says why not. Never waits for its turn; a backend in this process answers at once, without
   * a promise.
   *
   * Throws ConfigError `SLUICE_COST` for a cost that is not above 0. Rejects with what the backend failed with.
   */
  tryAcquire(cost?: number): Answer | Promise<Answer>;
  /** Takes the next slot, at most `maxWaitMs` ahead; `ready()` of the reservation waits for it. Itself it never sleeps. */
  reserve(cost?: number, options?: ReserveOptions): Answer | Promise<Answer>;
  /**
   * Takes the next slot and waits for it; what others call waitForToken. First come, first served. When it resolves, start.
   *
   * Rejects with LimitError: `SLUICE_MAX_WAIT` when the slot is further ahead than `maxWaitMs` (at once),
   * `SLUICE_PAUSED`, `SLUICE_COST_NEVER_FITS`; with the signal's reason when it is aborted.
   */
  acquire(cost?: number, options?: AcquireOptions): Promise<Reservation>;
  /** How each limit stands. Books nothing, and cannot be used to send. */
  peek(): Promise<readonly LimitState[]>;
  /** Holds the limit in every process on the backend. Calls that are under way go on; whoever waits looks again. */
  pause(options: PauseOptions): Promise<void>;
  /** Ends a pause: first one probe, then a growing rate. Nothing happens where there is no pause, or it has ended by itself. */
  resume(options?: ResumeOptions): Promise<void>;
}

/** A limiter made by `limiter()`. */
export interface NamedLimiter extends Limiter {
  readonly name: string;
  readonly key: string;
  readonly policy: Policy;
  /** The same limit of another key: `perInbox.for("news@example.org")`. Paused and resumed with all keys of the name. */
  for(key: string): NamedLimiter;
  /** The same counter under another limit: what was spent stays spent. A burst is as much lower as the limit. */
  withLimit(limit: number): NamedLimiter;
  /**
   * The same limit, of which one unit of cost takes so many: for `all()`, where limits count different things.
   * `all(requests, tokens.times(1_200)).acquire()` takes one request and 1,200 tokens in one step. Rounded up to what the
   * limit counts: hundredths, whole units of a sliding log. Numbers that are told of the limit stay its own.
   *
   * @throws ConfigError `SLUICE_COST` for what is no number above 0.
   */
  times(units: number): NamedLimiter;
}
