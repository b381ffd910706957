/** What all processes know of a limit that is found out: a record beside its counter, and this process's view of it. */

import { type Policy, whenKnown } from "@sluice/core/engine";
import { sameInstantMs } from "../limits/held.ts";
import type { Limits } from "../limits/limits.ts";
import { retune } from "../limits/retuning.ts";
import { type TunedLimit, tunedLimit, tunedName } from "../limits/tuned.ts";
import { type Recorded, record } from "../records/record.ts";
import { type Found, nothingFound, type Overload } from "./finding.ts";

/** The last overload, counted together by all processes that met it. */
export interface SharedOverload extends Overload {
  /** Counts them. */
  readonly number: number;
  /** When it was met first. */
  readonly atMs: number;
  /** Until when everybody holds back for it. */
  readonly heldUntilMs: number;
}

/** As it is recorded. */
export interface TunedNote extends Found {
  readonly v: 1;
  /** When it was recorded, by the clock of whoever did, as all its instants: others read them by their own clocks. */
  readonly writtenMs?: number | undefined;
  readonly configured: number;
  readonly changedMs?: number | undefined;
  readonly overload?: SharedOverload | undefined;
}

export type Change = (note: TunedNote) => TunedNote;

/** One limit's note. Changes show in this process at once, and in others when they look. */
export interface KeptNote {
  readonly note: TunedNote;
  /** What all who ask the limit in this process go by. */
  readonly cell: TunedLimit;
  /** What the API has announced, if that is less than what is configured. */
  readonly bound: number | undefined;
  /** Changes it here and, where there are others, in the record, where the change meets what they have written meanwhile. */
  change(change: Change): void | Promise<void>;
  /** Reads it again. Without a promise where the backend answers at once. */
  look(): void | Promise<void>;
  /** Never above so many units from now on, in this process; undefined for no such bound. */
  under(announced: number | undefined): void | Promise<void>;
  /** Calls it with every note that shows from now on. */
  watch(see: (note: TunedNote) => void): void;
}

// By what all handles of one counter share, since clients of one name are often made in several places of one process.
const byLimit = new WeakMap<TunedLimit, KeptNote>();

/** The note of a limiter's counter. */
export function keptNote(limits: Limits): KeptNote {
  const [own] = limits.configured as [Limits["configured"][number]];
  const cell = tunedLimit(limits.tuned, own);
  const known = byLimit.get(cell);
  if (known !== undefined) return known;
  const { backend } = limits;
  const isShared = backend.features.scope !== "process" && backend.lease !== undefined;
  const name = `sluice/tuned/${tunedName(own)}`;
  const recorded = isShared ? record<TunedNote>(backend, name, (note) => lasts(note, own.policy)) : undefined;
  const made = new Kept(limits, own.policy.limit, cell, recorded);
  if (isShared) cell.look = () => made.look();
  byLimit.set(cell, made);
  return made;
}

/** A day, of a window and of a hold: an overload is of no account ten windows after its hold. */
const longestForgotten = 86_400_000;

/** Whether a note says more than that there was an overload, or that still matters after a month. A limit of 1 is never lowered. */
function lasts({ limit, configured, caution, overload }: TunedNote, policy: Policy): boolean {
  const holdMs = overload === undefined ? 0 : overload.heldUntilMs - overload.atMs;
  const isShort = policy.algorithm !== "calendar" && Math.max(policy.windowMs, holdMs) <= longestForgotten;
  return !isShort || caution > 1 || (limit !== undefined && configured > 1);
}

/** So long whoever tells others what has changed may take; then somebody else does. */
const tellingMs = 5_000;

/** What a backend that fails for long was not told: the newest are enough. */
const mostUntold = 31;

class Kept implements KeptNote {
  note: TunedNote;
  readonly cell: TunedLimit;
  readonly #limits: Limits;
  readonly #configured: number;
  readonly #recorded: Recorded<TunedNote> | undefined;
  bound: number | undefined;
  /** What others have not been told yet. */
  #untold: readonly Change[] = [];
  /** Who tells it, and since when. */
  #teller: { readonly sinceMs: number } | undefined;
  readonly #watchers: ((note: TunedNote) => void)[] = [];

  constructor(limits: Limits, configured: number, cell: TunedLimit, recorded: Recorded<TunedNote> | undefined) {
    this.cell = cell;
    this.#limits = limits;
    this.#configured = configured;
    this.#recorded = recorded;
    this.note = { v: 1, configured, ...nothingFound };
  }

  change(change: Change): void | Promise<void> {
    const next = change(this.note);
    if (next === this.note) return undefined;
    const shown = this.#show(next);
    if (this.#recorded === undefined) return shown;
    this.#untold = [...this.#untold.slice(-mostUntold), change];
    return this.#isBeingTold() ? shown : this.#tell(this.#recorded, shown);
  }

  look(): void | Promise<void> {
    if (this.#recorded === undefined || this.#isBeingTold()) return undefined;
    if (this.#untold.length > 0) return this.#tell(this.#recorded, undefined);
    const known = this.note;
    return whenKnown(this.#recorded.lookAged(), ({ value, ageMs }) => {
      // What has changed meanwhile is newer.
      return this.note === known ? this.#show(this.#read(value, ageMs)) : undefined;
    });
  }

  under(announced: number | undefined): void | Promise<void> {
    if (announced === this.bound) return undefined;
    this.bound = announced;
    return this.#show(this.note);
  }

  watch(see: (note: TunedNote) => void): void {
    this.#watchers.push(see);
  }

  /** Whoever tells tells what others add. Nobody waits for him: on Workers his request may have ended long ago. */
  #isBeingTold(): boolean {
    return this.#teller !== undefined && Math.abs(this.#limits.time.now() - this.#teller.sinceMs) < tellingMs;
  }

  async #tell(recorded: Recorded<TunedNote>, shown: void | Promise<void>): Promise<void> {
    const { time } = this.#limits;
    const teller = { sinceMs: time.now() };
    this.#teller = teller;
    try {
      await shown;
      while (this.#untold.length > 0) {
        const told = this.#untold;
        let next = this.note;
        await recorded.update((noted, ageMs) => {
          const known = this.#read(noted, ageMs);
          next = told.reduce((note, change) => change(note), known);
          return next === known && noted !== undefined ? noted : { ...next, writtenMs: time.now() };
        });
        if (this.#teller !== teller) return;
        this.#untold = this.#untold.filter((change) => !told.includes(change));
        await this.#show(this.#untold.reduce((note, change) => change(note), next));
      }
    } finally {
      // What a failing backend was not told holds in this process, and is told when it is looked at next.
      if (this.#teller === teller) this.#teller = undefined;
    }
  }

  /** A record of another version says nothing that this one understands, and is written over with the next change. */
  #read(noted: TunedNote | undefined, ageMs: number): TunedNote {
    const fresh: TunedNote = { v: 1, configured: this.#configured, ...nothingFound };
    if (noted?.v !== 1) return fresh;
    const isSound = noted.limit === undefined || (Number.isSafeInteger(noted.limit) && noted.limit >= 1);
    if (!isSound) return fresh;
    const now = this.#limits.time.now();
    const aheadMs = now - ageMs - (noted.writtenMs ?? now - ageMs);
    const known = Math.abs(aheadMs) > sameInstantMs ? later(noted, aheadMs) : noted;
    return { ...fresh, ...known, configured: this.#configured };
  }

  #show(note: TunedNote): void | Promise<void> {
    this.note = note;
    const lowest = Math.min(note.limit ?? this.#configured, this.bound ?? this.#configured);
    const retuned = retune(this.#limits, this.cell, lowest < this.#configured ? lowest : undefined);
    for (const see of this.#watchers) see(note);
    return retuned;
  }
}

/** A note as it reads by a clock that is so much ahead of its writer's. */
function later(note: TunedNote, byMs: number): TunedNote {
  const by = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs + byMs);
  const { overload } = note;
  return {
    ...note,
    changedMs: by(note.changedMs),
    raiseAtMs: by(note.raiseAtMs),
    provenAtMs: by(note.provenAtMs),
    overload: overload && { ...overload, atMs: overload.atMs + byMs, heldUntilMs: overload.heldUntilMs + byMs },
  };
}
