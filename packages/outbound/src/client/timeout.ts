/** The time of one attempt: until its answer's headers, and after them until the end of its body. */

import type { LocalTime } from "../time/local-time.ts";
import { systemTime } from "../time/system-time.ts";
import { ClientError } from "./client-error.ts";

/** How long attempts may take. */
export interface Timeouts {
  /** The API's, for errors. */
  readonly name: string;
  readonly time: LocalTime;
  /** Until the headers; infinite for no end. */
  readonly timeoutMs: number;
  /** From the headers to the end of the body. */
  readonly bodyTimeoutMs: number | undefined;
}

/** A class, since one is made for every attempt. */
export class AttemptTime {
  /** What `fetch` heeds: the end of its time, or the caller's own signal. */
  readonly signal: AbortSignal | undefined;
  readonly #timeouts: Timeouts;
  readonly #own: AbortController | undefined;
  readonly #stop: (() => void) | undefined;

  constructor(timeouts: Timeouts, caller: AbortSignal | undefined) {
    this.#timeouts = timeouts;
    const { name, time, timeoutMs, bodyTimeoutMs } = timeouts;
    if (timeoutMs === Number.POSITIVE_INFINITY && bodyTimeoutMs === undefined) {
      this.signal = caller;
      return;
    }
    const own = new AbortController();
    this.#own = own;
    this.signal = caller === undefined ? own.signal : AbortSignal.any([caller, own.signal]);
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#stop = after(time, timeoutMs, () => own.abort(new ClientError(name, "answer", timeoutMs)));
  }

  /** What ended it, if its time is over. */
  get timedOut(): ClientError | undefined {
    return this.#own?.signal.aborted ? (this.#own.signal.reason as ClientError) : undefined;
  }

  /** The headers are there, or nothing will come: its timer is gone. */
  stop(): void {
    this.#stop?.();
  }

  /** From now on the time for the body passes; by a timer that keeps no process alive. */
  startBody(): void {
    const own = this.#own;
    const { name, bodyTimeoutMs } = this.#timeouts;
    if (own === undefined || bodyTimeoutMs === undefined) return;
    const over = (): void => own.abort(new ClientError(name, "body", bodyTimeoutMs));
    AbortSignal.timeout(bodyTimeoutMs).addEventListener("abort", over, { once: true });
  }
}

/** Calls `over` after so long, unless the function that it returns is called before. */
function after(time: LocalTime, ms: number, over: () => void): () => void {
  if (time === systemTime) {
    // A timer is all that a sleep would come to, and every attempt has one.
    const timer = setTimeout(over, ms);
    return () => clearTimeout(timer);
  }
  const waking = new AbortController();
  time.sleep(ms, waking.signal).then(over, () => {});
  return () => waking.abort();
}
