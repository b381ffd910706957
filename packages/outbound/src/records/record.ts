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
  /** What was written last; undefined if nothing was, or it is forgotten. */
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

/** So long after it was written what does not last is forgotten: thirty days. The backend gives its room back later. */
export const forgottenAfterMs: number = 30 * 86_400_000;

/** Every lost race is a change that somebody else has made: to lose so many in a row is no accident. */
const attempts = 64;

/**
 * A fact by its name, `sluice/<kind>/…`, in at most 4,096 characters of JSON. It is kept until it is changed, or, where it does not
 * last, for {@link forgottenAfterMs}: without one everything has to be decided as it would be with such a one of that age.
 *
 * @param lasts Whether what is written may decide anything so much later; by default all of it may.
 * @throws ConfigError `SLUICE_BACKEND_UNSUPPORTED` for a backend without `lease`.
 */
export function record<T>(backend: Backend, name: string, lasts: (value: T) => boolean = () => true): Recorded<T> {
  if (backend.lease === undefined) {
    const cure = "Use memory, sqlite, durable-object, redis or upstash.";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", "this backend keeps no records", backend.name, cure);
  }
  const lease = backend.lease.bind(backend);
  const look = (): LeaseAnswer | Promise<LeaseAnswer> => lease({ name, verb: "look" });

  return {
    look: () => whenKnown(look(), (answer) => agedOf<T>(answer).value),
    lookAged: () => whenKnown(look(), agedOf<T>),
    read: async () => agedOf<T>(await look()).value,

    async update(change) {
      const first = look();
      let answer = isPromise(first) ? await first : first;
      for (let i = 0; i < attempts; i++) {
        const { value: current, ageMs } = agedOf<T>(answer);
        const next = change(current, ageMs);
        if (next === current) return next;
        const after = answer.fence;
        const ttlMs = lasts(next) ? longestHoldMs : forgottenAfterMs;
        answer = await lease({ name, verb: "take", ttlMs, note: JSON.stringify(next), after });
        if (answer.granted) return next;
      }
      throw new SluiceError("SLUICE_RECORD_CONTENDED", `${name} was changed by others ${attempts} times in a row`);
    },
  };
}

/** Every note is taken for one of two times that are far from each other, so that what is left of it tells how old it is. */
function agedOf<T>({ leftMs, note }: LeaseAnswer): Aged<T> {
  if (leftMs === 0) return { value: undefined, ageMs: 0 };
  const ttlMs = leftMs > longestHoldMs / 2 ? longestHoldMs : forgottenAfterMs;
  return { value: noted<T>(note), ageMs: Math.max(0, ttlMs - leftMs) };
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
