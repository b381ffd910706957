/** Leave for one call, and its way back. */

import type { CallResult, Permit } from "./breaker.ts";

/** What is told what came of a call. */
export interface Ends {
  ended(generation: number, probe: number | undefined, result: CallResult): void | Promise<void>;
}

/** A class, since every call is given one. */
export class Leave implements Permit {
  readonly #breaker: Ends;
  readonly #generation: number;
  /** Its number among the probes; undefined for a call through a closed breaker. */
  readonly #probe: number | undefined;
  #isOver = false;

  constructor(breaker: Ends, generation: number, probe: number | undefined) {
    this.#breaker = breaker;
    this.#generation = generation;
    this.#probe = probe;
  }

  get isProbe(): boolean {
    return this.#probe !== undefined;
  }

  done(result: CallResult): void | Promise<void> {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    return this.#breaker.ended(this.#generation, this.#probe, result);
  }
}
