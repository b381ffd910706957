/** `circuitBreaker()`: lets calls through, or says since when and until when not. */

import { isPromise, whenKnown } from "@sluice/core/engine";
import type { ApiMeter } from "../metrics/api-meter.ts";
import { words } from "../records/words.ts";
import type { LocalTime } from "../time/local-time.ts";
import { systemTime } from "../time/system-time.ts";
import type { BreakerState, CallResult, CircuitBreaker, Permit, Refused } from "./breaker.ts";
import { type BreakerOptions, checkBreaker } from "./breaker-options.ts";
import { CircuitOpenError } from "./circuit-open-error.ts";
import { FailureWindow } from "./failure-window.ts";
import { cellOf, sharedRecord } from "./keeping.ts";
import { type Change, Known } from "./known.ts";
import { type Ends, Leave } from "./leave.ts";
import { longestBy, longestReason, type Stored } from "./stored.ts";
import {
  type BreakerNumbers,
  closedBy,
  isolated,
  openFor,
  placeFreeAfter,
  probeEnded,
  probeTaken,
  tripped,
} from "./transitions.ts";

class Breaker implements CircuitBreaker, Ends {
  readonly name: string;
  readonly #options: BreakerOptions;
  readonly #numbers: BreakerNumbers;
  readonly #time: LocalTime;
  readonly #known: Known;
  readonly #window: FailureWindow;
  readonly #meter: ApiMeter | undefined;

  constructor(options: BreakerOptions) {
    const { name, backend, key = "", time = systemTime, metrics } = options;
    const { openMs = 30_000, probes = 3, probeTimeoutMs = 60_000 } = options;
    const { failureRate = 0.5, minimumCalls = 10, windowMs = 30_000 } = options;
    this.name = name;
    this.#options = options;
    this.#numbers = { openMs, probes, probeTimeoutMs };
    this.#time = time;
    this.#window = new FailureWindow({ failureRate, minimumCalls, windowMs });
    this.#meter = metrics?.api(name);
    this.#known = new Known({
      probeTimeoutMs,
      time,
      cell: cellOf(backend, name, key),
      record: sharedRecord(backend, name, key),
      changed: (from, to) => this.#changed(from, to),
    });
  }

  check(): Refused | undefined | Promise<Refused | undefined> {
    const looking = this.#known.look();
    return looking === undefined ? this.#refusal() : looking.then(() => this.#refusal());
  }

  admit(): Permit | Refused | Promise<Permit | Refused> {
    const looking = this.#known.look();
    return looking === undefined ? this.#admit() : looking.then(() => this.#admit());
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    const asked = this.admit();
    const leave = isPromise(asked) ? await asked : asked;
    if (!("done" in leave)) throw new CircuitOpenError(this.name, leave, this.#time.now());
    let result: CallResult = "success";
    try {
      return await job();
    } catch (error) {
      result = this.#resultOf(error);
      throw error;
    } finally {
      const told = leave.done(result);
      if (isPromise(told)) await told;
    }
  }

  async state(): Promise<BreakerState> {
    await this.#known.look(true);
    const { state, isShared } = this.#known;
    const { phase, generation, sinceMs, untilMs, reason, by } = state;
    const stands = { name: this.name, generation, sinceMs, reason, by, isShared, ...this.#window.read(this.#passed()) };
    // Nothing changes by itself: it is the next call that is let out as a probe.
    if (phase === "open" && openFor(state, this.#known.now()) === 0) return { ...stands, phase: "half-open" };
    return phase === "open" ? { ...stands, phase, untilMs } : { ...stands, phase };
  }

  async isolate({ reason, by }: { readonly reason: string; readonly by: string }): Promise<void> {
    const why = {
      reason: words("reason of isolate()", reason, longestReason),
      by: words("by of isolate()", by, longestBy),
    };
    await this.#changeEverywhere((state) => isolated(state, this.#time.now(), why));
  }

  async close({ by }: { readonly by?: string | undefined } = {}): Promise<void> {
    const who = by === undefined ? undefined : words("by of close()", by, longestBy);
    this.#window.clear();
    await this.#closing((closes) => this.#changeEverywhere(closes((state) => closedBy(state, this.#time.now(), who))));
  }

  /** What came of a call that was let through as `probe`, or while the breaker was closed. */
  ended(generation: number, probe: number | undefined, result: CallResult): void | Promise<void> {
    if (probe !== undefined) return this.#probeEnded(generation, probe, result);
    if (result === "ignored") return undefined;
    const known = this.#known;
    if (known.state.generation !== generation) return undefined;
    const at = this.#passed();
    this.#window.add(result === "failure", at);
    // Successes may make up the calls that are needed, but it is a failure that opens it.
    const reason = result === "failure" ? this.#window.tooMany(at) : undefined;
    if (reason === undefined) return undefined;
    return known.apply((state) => tripped(state, generation, this.#time.now(), this.#numbers, reason));
  }

  #passed(): number {
    return this.#known.passed();
  }

  #refusal(): Refused | undefined {
    const { state } = this.#known;
    const { phase, reason } = state;
    if (phase === "closed") return undefined;
    if (phase === "isolated") return { because: phase, reason };
    const now = this.#known.now();
    const leftMs = phase === "open" ? openFor(state, now) : placeFreeAfter(state, now, this.#numbers);
    return leftMs > 0 ? { because: phase, retryAfterMs: Math.ceil(leftMs), reason } : undefined;
  }

  #admit(): Permit | Refused | Promise<Permit | Refused> {
    const { state } = this.#known;
    if (state.phase === "closed") return new Leave(this, state.generation, undefined);
    const refused = this.#refusal();
    if (refused !== undefined) return refused;
    let taken: Stored | undefined;
    const takes: Change = (current, now) => {
      const next = probeTaken(current, now, this.#numbers);
      taken = next === current ? undefined : next;
      return next;
    };
    return whenKnown(this.#known.update(takes), ({ generation, phase }) => {
      if (taken !== undefined) return new Leave(this, taken.generation, taken.probesTaken);
      // Others were faster; perhaps so much that it is closed again.
      return phase === "closed" ? new Leave(this, generation, undefined) : (this.#refusal() ?? this.#crowded());
    });
  }

  /** Just now others have changed it, and what they left would let a probe out: whoever comes next. */
  #crowded(): Refused {
    return { because: "half-open", retryAfterMs: 1, reason: this.#known.state.reason };
  }

  #probeEnded(generation: number, probe: number, result: CallResult): void | Promise<void> {
    return this.#closing((closes) => {
      const ends: Change = (state, now) => probeEnded(state, { generation, probe }, result, now, this.#numbers);
      return this.#known.update(closes(ends));
    });
  }

  /** Makes a change, and tells `onClose` if it is the one that closed the breaker. */
  #closing(act: (closes: (change: Change) => Change) => unknown): void | Promise<void> {
    let isClosed = false;
    const closes = (change: Change): Change => {
      return (state, now) => {
        const next = change(state, now);
        isClosed = next !== state && next.phase === "closed";
        return next;
      };
    };
    const told = (): void | Promise<void> => (isClosed ? this.#toldClosed() : undefined);
    const acted = act(closes);
    return isPromise(acted) ? Promise.resolve(acted).then(told) : told();
  }

  async #toldClosed(): Promise<void> {
    try {
      await this.#options.onClose?.();
    } catch {
      // It is closed nevertheless.
    }
  }

  async #changeEverywhere(change: Change): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    await this.#known.update(change, (error) => {
      failure = { error };
    });
    if (failure !== undefined) throw failure.error;
  }

  #resultOf(error: unknown): CallResult {
    if ((error as { readonly name?: unknown } | null)?.name === "AbortError") return "ignored";
    try {
      return (this.#options.isFailure?.(error) ?? true) ? "failure" : "ignored";
    } catch {
      return "failure";
    }
  }

  #changed(from: Stored, { phase, generation, untilMs, reason, by }: Stored): void {
    // What happened before the change must not open it again.
    this.#window.clear();
    if (phase === from.phase) return;
    this.#meter?.breaker(phase);
    const change = { name: this.name, from: from.phase, to: phase, generation, atMs: this.#time.now() };
    try {
      this.#options.onChange?.({ ...change, untilMs, reason, by });
    } catch {
      // Whoever watches must not decide.
    }
  }
}

/**
 * A circuit breaker: closed it lets every call through; after too many failures it is open, and nobody calls; when its time is
 * over it is half-open, and a few probes decide. Nothing runs beside the calls: the time is looked at when somebody asks.
 *
 * Does nothing yet.
 *
 * @throws ConfigError `SLUICE_OPTION_…`.
 */
export function circuitBreaker(options: BreakerOptions): CircuitBreaker {
  checkBreaker(options);
  return new Breaker(options);
}
