/** A backend that fails on command: slow, down, or committing and losing the answer. */

import type { Backend } from "../engine/backend.ts";

/** Breaks and heals a backend while it is in use; the fault told last is the one that holds. */
export interface Faults {
  /** Every call fails before it reaches the backend; `calls` limits how many. */
  down(calls?: number): void;
  /** Every call reaches the backend `ms` later; `Infinity` hangs for ever. */
  slow(ms: number, calls?: number): void;
  /** Every call is carried out, and then fails: what a lost answer looks like. */
  dropAnswers(calls?: number): void;
  heal(): void;
  /** Calls made so far, failed ones included. */
  readonly calls: number;
}

/** A backend with its faults. */
export interface FaultyBackend extends Backend {
  readonly faults: Faults;
}

/** What `faulty()` can be told. */
export interface FaultyOptions {
  /**
   * How `slow` waits; give one that moves a fake clock and nothing really waits.
   * @default setTimeout
   */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** What an injected fault fails with. */
export class InjectedFault extends Error {
  readonly fault: "down" | "answer dropped";

  constructor(fault: "down" | "answer dropped") {
    super(`injected fault: ${fault}`);
    this.name = "InjectedFault";
    this.fault = fault;
  }
}

type Fault = { readonly kind: "down" | "drop" } | { readonly kind: "slow"; readonly ms: number };

/** Wraps a backend so that it can be broken; healthy calls pass through untouched, synchronous ones too. */
export function faulty(backend: Backend, { sleep = timer }: FaultyOptions = {}): FaultyBackend {
  let fault: Fault | undefined;
  let left = 0;
  let calls = 0;

  const inject = (next: Fault | undefined, count: number): void => {
    fault = next;
    left = count;
  };

  const current = (): Fault | undefined => {
    calls++;
    if (fault === undefined || left <= 0) return undefined;
    left--;
    return fault;
  };

  const through = <T>(call: () => T | Promise<T>): T | Promise<T> => {
    const now = current();
    if (now === undefined) return call();
    if (now.kind === "down") return Promise.reject(new InjectedFault("down"));
    if (now.kind === "slow") return sleep(now.ms).then(call);
    return Promise.resolve()
      .then(call)
      .then(() => Promise.reject(new InjectedFault("answer dropped")));
  };

  const { settle, consumeEach, reset, block, lease } = backend;
  return {
    name: backend.name,
    features: backend.features,
    supports: (policy) => backend.supports(policy),
    consume: (charges) => through(() => backend.consume(charges)),
    ...(settle && { settle: (entries) => through(() => settle.call(backend, entries)) }),
    ...(consumeEach && { consumeEach: (groups) => through(() => consumeEach.call(backend, groups)) }),
    ...(reset && { reset: (identity) => through(() => reset.call(backend, identity)) }),
    ...(block && {
      block: (identity, forMs, options) => through(() => block.call(backend, identity, forMs, options)),
    }),
    ...(lease && { lease: (request) => through(() => lease.call(backend, request)) }),
    faults: {
      down: (count = Number.POSITIVE_INFINITY) => inject({ kind: "down" }, count),
      slow: (ms, count = Number.POSITIVE_INFINITY) => inject({ kind: "slow", ms }, count),
      dropAnswers: (count = Number.POSITIVE_INFINITY) => inject({ kind: "drop" }, count),
      heal: () => inject(undefined, 0),
      get calls() {
        return calls;
      },
    },
  };
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => {
    // A timer of infinite length would fire at once.
    if (ms !== Number.POSITIVE_INFINITY) setTimeout(resolve, ms);
  });
}
