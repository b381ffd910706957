/** What this process knows of a breaker: looked up about once a second, changed in one step, and enough to go on alone. */

import { isPromise } from "@sluice/core/engine";
import type { Aged, Recorded } from "../records/record.ts";
import type { LocalTime } from "../time/local-time.ts";
import { type Steady, steady } from "../time/steady.ts";
import type { Cell } from "./keeping.ts";
import { neverOpened, readStored, type Stored } from "./stored.ts";

/** A step from one state to the next, at an instant of the state's own clock. Called again where another process was faster. */
export type Change = (state: Stored, now: number) => Stored;

/** So long this process goes by what it was told; whoever asks shortly before looks again, so that the others need not wait. */
const freshMs = 1_000;
const earlyMs = 250;

export interface KnownOptions {
  readonly probeTimeoutMs: number;
  readonly time: LocalTime;
  readonly cell: Cell;
  readonly record: Recorded<unknown> | undefined;
  /** Told of every change of phase, whoever made it. */
  readonly changed: (from: Stored, to: Stored) => void;
}

/** The state of one breaker, as known here. */
export class Known {
  state: Stored = neverOpened;
  /** Whether other processes see the same, as far as the backend has answered. */
  isShared: boolean;
  readonly #options: KnownOptions;
  readonly #record: Recorded<unknown> | undefined;
  readonly #cell: Cell;
  #passed: Steady | undefined;
  /** What the state's clock shows more than this process's own time. */
  #aheadMs = 0;
  /** By this process's own time: until when it goes by what it knows, and when somebody is to look again. */
  #freshUntil = Number.NEGATIVE_INFINITY;
  #lookAgainAt = Number.NEGATIVE_INFINITY;
  /** Whether this process has changed what the record does not say yet. */
  #isUntold = false;
  /** How often what is known has changed: an answer that was under way meanwhile may be the older one. */
  #changes = 0;

  constructor(options: KnownOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#cell = options.cell;
    this.isShared = options.record !== undefined;
  }

  /** Milliseconds that never go back; begins with the first call. */
  passed(): number {
    this.#passed ??= steady(this.#options.time);
    return this.#passed();
  }

  /** The instant by the state's own clock. */
  now(): number {
    return this.passed() + this.#aheadMs;
  }

  /** Sees to it that what is known is at most a second old, where the backend answers. Never rejects. */
  look(isForced = false): void | Promise<void> {
    const record = this.#record;
    if (record === undefined) return this.seeCell();
    const at = this.passed();
    if (!isForced && at < this.#lookAgainAt) return undefined;
    // One looks for all. Beyond that everybody looks for himself: on Workers nobody may wait for what another request has asked.
    if (at < this.#freshUntil) this.#lookAgainAt = this.#freshUntil;
    return this.#lookAt(record);
  }

  /** Sees what others in this process have changed. */
  seeCell(): void {
    const { state } = this.#cell;
    if (state !== undefined && state !== this.state) this.#learn(state, this.#cell.ageMs());
  }

  /** Changes the state in one step, everywhere; where the backend fails, in this process. Returns what it then is. */
  update(change: Change, onFailure?: (error: unknown) => void): Stored | Promise<Stored> {
    const record = this.#record;
    if (record !== undefined) return this.#updateElsewhere(record, change, onFailure);
    this.seeCell();
    const next = change(this.state, this.now());
    if (next === this.state) return next;
    const writtenAt = this.passed();
    this.#cell.state = next;
    this.#cell.ageMs = () => this.passed() - writtenAt;
    this.#learn(next, 0);
    return next;
  }

  /** Changes the state in this process at once, and then everywhere: nobody here waits for others to hear of it. */
  apply(change: Change): void | Promise<void> {
    if (this.#record === undefined) {
      this.update(change);
      return undefined;
    }
    return this.#changeHere(change) ? this.#tell(this.#record) : undefined;
  }

  #changeHere(change: Change): boolean {
    const next = change(this.state, this.now());
    if (next === this.state) return false;
    this.#isUntold = true;
    this.#learn(next, 0);
    return true;
  }

  async #tell(record: Recorded<unknown>): Promise<void> {
    await this.#updateElsewhere(record, (state) => state, undefined);
  }

  #lookAt(record: Recorded<unknown>): void | Promise<void> {
    const began = this.#changes;
    const failed = (): void => this.#answered(false);
    // What could not be told while the backend failed is told as soon as it answers.
    const looked = ({ value, ageMs }: Aged<unknown>): void | Promise<void> => {
      this.#told(value, ageMs, began);
      return this.#isUntold ? this.#tell(record) : undefined;
    };
    try {
      const aged = record.lookAged();
      return isPromise(aged) ? Promise.resolve(aged).then(looked, failed) : looked(aged);
    } catch {
      failed();
      return undefined;
    }
  }

  async #updateElsewhere(
    record: Recorded<unknown>,
    change: Change,
    onFailure: ((error: unknown) => void) | undefined,
  ): Promise<Stored> {
    const began = this.#changes;
    let tellsAgeMs = 0;
    try {
      const raw = await record.update((current, ageMs) => {
        tellsAgeMs = ageMs;
        const known = this.#latest(current, ageMs);
        const now = known === this.state ? this.now() : known.writtenMs + ageMs;
        const next = change(known, now);
        const isUntold = this.#isUntold && known === this.state;
        if (next === known && !isUntold) return current;
        tellsAgeMs = 0;
        return next === known ? { ...next, writtenMs: now } : next;
      });
      this.#told(raw, tellsAgeMs, began);
    } catch (error) {
      this.#answered(false);
      this.#changeHere(change);
      onFailure?.(error);
    }
    return this.state;
  }

  /** Also where it has failed nobody asks again at once. */
  #answered(isShared: boolean): void {
    this.isShared = isShared;
    this.#freshUntil = this.passed() + freshMs;
    this.#lookAgainAt = this.#freshUntil - earlyMs;
  }

  #told(raw: unknown, ageMs: number, began: number): void {
    this.#answered(true);
    const latest = this.#latest(raw, ageMs);
    if (latest === this.state) return;
    if (this.#changes !== began && latest.generation < this.state.generation) return;
    this.#isUntold = false;
    this.#learn(latest, ageMs);
  }

  /**
   * What holds, of a record and what this process knows: the record, unless it says nothing, or the backend did not hear of a
   * change that was made here.
   */
  #latest(raw: unknown, ageMs: number): Stored {
    const { time, probeTimeoutMs } = this.#options;
    const stored = readStored(raw, ageMs, time.now(), probeTimeoutMs);
    if (stored === undefined) return this.state;
    return this.#isUntold && this.state.generation > stored.generation ? this.state : stored;
  }

  #learn(next: Stored, ageMs: number): void {
    const last = this.state;
    const isChanged = next.phase !== last.phase || next.generation !== last.generation;
    // The state's clock is set by what is new, and goes on by this process's own time.
    if (isChanged || next.writtenMs !== last.writtenMs) this.#aheadMs = next.writtenMs + ageMs - this.passed();
    this.state = next;
    if (!isChanged) return;
    this.#changes++;
    this.#options.changed(last, next);
  }
}
