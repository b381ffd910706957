/** How many of this process's calls have failed of late: a window that moves on in tenths. */

const slices = 10;

/** When calls have failed too often. */
export interface FailureRule {
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
}

/** Counts results. Instants are milliseconds that never go back. */
export class FailureWindow {
  readonly #rule: FailureRule;
  readonly #sliceMs: number;
  readonly #calls: number[] = new Array<number>(slices).fill(0);
  readonly #failures: number[] = new Array<number>(slices).fill(0);
  /** Which tenth, counted from the beginning of time, each place of the ring holds. */
  readonly #tenths: number[] = new Array<number>(slices).fill(-1);

  constructor(rule: FailureRule) {
    this.#rule = rule;
    this.#sliceMs = rule.windowMs / slices;
  }

  add(isFailure: boolean, atMs: number): void {
    const tenth = Math.floor(atMs / this.#sliceMs);
    const i = tenth % slices;
    if (this.#tenths[i] !== tenth) {
      this.#tenths[i] = tenth;
      this.#calls[i] = 0;
      this.#failures[i] = 0;
    }
    this.#calls[i] = (this.#calls[i] ?? 0) + 1;
    if (isFailure) this.#failures[i] = (this.#failures[i] ?? 0) + 1;
  }

  read(atMs: number): { readonly calls: number; readonly failures: number } {
    const oldest = Math.floor(atMs / this.#sliceMs) - slices;
    let [calls, failures] = [0, 0];
    for (let i = 0; i < slices; i++) {
      if ((this.#tenths[i] ?? -1) <= oldest) continue;
      calls += this.#calls[i] ?? 0;
      failures += this.#failures[i] ?? 0;
    }
    return { calls, failures };
  }

  /** Whether too many have failed: then in words how many. */
  tooMany(atMs: number): string | undefined {
    const { failureRate, minimumCalls, windowMs } = this.#rule;
    const { calls, failures } = this.read(atMs);
    if (calls < minimumCalls || failures < failureRate * calls) return undefined;
    return `${failures} of ${calls} calls failed within ${windowMs / 1_000} s`;
  }

  clear(): void {
    this.#tenths.fill(-1);
    this.#calls.fill(0);
    this.#failures.fill(0);
  }
}
