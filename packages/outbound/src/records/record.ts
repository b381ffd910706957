/** Small facts kept beside the counts: JSON in the note of a lease, changed by compare-and-set. */

import {
  type Backend,
  ConfigError,
  isPromise,
  type LeaseAnswer,
  longestHoldMs,
  SluiceError,
  whenKnown,
} from "@sluice/core/engine";

/** A fact, and how long ago it was written, in milliseconds by the backend's clock; 0 where nothing was. */
export interface Aged<T> {
  readonly value: T | undefined;
  readonly ageMs: number;
}

/** One fact, shared by every process on the backend. */
export interface Recorded<T> {
  /** What was written last; undefined if nothing was. */
  read(): Promise<T | undefined>;
  /** The same; without a promise from a backend that answers at once. */
  look(): T | undefined | Promise<T | undefined>;
  /** The same, with its age. */
  lookAged(): Aged<T> | Promise<Aged<T>>;
  /**
   * Replaces it by what `change` makes of it, and returns that. `change` is called again where somebody else was faster. Where
   * it returns what it was given nothing is written.
   *
   * Rejects with SluiceError `SLUICE_RECORD_CONTENDED` when others are always faster, ConfigError `SLUICE_LEASE` when it
   * is longer than a note may be.
   */
  update(change: (current: T | undefined, ageMs: number) => T): Promise<T>;
}

/** Every lost race is a change that somebody else has made: to lose so many in a row is no accident. */
const attempts = 64;

/**
 * A fact by its name, `sluice/<kind>/…`. It is kept until it is changed, in at most 4,096 characters of JSON.
 *
 * @throws ConfigError `SLUICE_BACKEND_UNSUPPORTED` for a backend without `lease`.
 */
export function record<T>(backend: Backend, name: string): Recorded<T> {
  if (backend.lease === undefined) {
    const cure = "Use memory, sqlite, durable-object, redis or upstash.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", "this backend keeps no records", backend.name, cure);
  }
  const lease = backend.lease.bind(backend);
  const look = (): LeaseAnswer | Promise<LeaseAnswer> => lease({ name, verb: "look" });

  return {
    look: () => whenKnown(look(), ({ note }) => noted<T>(note)),
    lookAged: () => whenKnown(look(), (answer) => ({ value: noted<T>(answer.note), ageMs: ageOf(answer) })),
    read: async () => noted<T>((await look()).note),

    async update(change) {
      const first = look();
      let answer = isPromise(first) ? await first : first;
      for (let i = 0; i < attempts; i++) {
        const current = noted<T>(answer.note);
        const next = change(current, ageOf(answer));
        if (next === current) return next;
        const after = answer.fence;
        answer = await lease({ name, verb: "take", ttlMs: longestHoldMs, note: JSON.stringify(next), after });
        if (answer.granted) return next;
      }
      throw new SluiceError("SLUICE_RECORD_CONTENDED", `${name} was changed by others ${attempts} times in a row`);
    },
  };
}

/** Every note is taken for the longest time that there is, so that what is left of it tells how old it is. */
function ageOf({ fence, leftMs }: LeaseAnswer): number {
  return fence === 0 ? 0 : Math.max(0, longestHoldMs - leftMs);
}

/** What a lease's note says; one that somebody else wrote under its name says nothing. */
export function noted<T>(note: string): T | undefined {
  if (note === "") return undefined;
  try {
    return JSON.parse(note) as T;
  } catch {
    return undefined;
  }
}
