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

/** One fact, shared by every process on the backend. */
export interface Recorded<T> {
  /** What was written last; undefined if nothing was. */
  read(): Promise<T | undefined>;
  /** The same; without a promise from a backend that answers at once. */
  look(): T | undefined | Promise<T | undefined>;
  /**
   * Replaces it by what `change` makes of it, and returns that. `change` is called again where somebody else was faster.
   *
   * Rejects with SluiceError `SLUICE_RECORD_CONTENDED` when others are always faster, ConfigError `SLUICE_LEASE` when it
   * is longer than a note may be.
   */
  update(change: (current: T | undefined) => T): Promise<T>;
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
    read: async () => noted<T>((await look()).note),

    async update(change) {
      const first = look();
      let answer = isPromise(first) ? await first : first;
      for (let i = 0; i < attempts; i++) {
        const next = change(noted<T>(answer.note));
        const after = answer.fence;
        answer = await lease({ name, verb: "take", ttlMs: longestHoldMs, note: JSON.stringify(next), after });
        if (answer.granted) return next;
      }
      throw new SluiceError("SLUICE_RECORD_CONTENDED", `${name} was changed by others ${attempts} times in a row`);
    },
  };
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
