/** What a broken promise looks like: what was expected, what came, and which promise. */

/** Thrown when a backend breaks a promise of the contract (docs/backends/writing-your-own.md numbers them). */
export class ConformanceError extends Error {
  /** The number of the promise, 1 to 14; 0 until the case that was run is known. */
  readonly promise: number;

  constructor(message: string, promise = 0, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "ConformanceError";
    this.promise = promise;
  }
}

/** Fails unless both are equal as JSON, where `undefined` equals absence. */
export function same(what: string, got: unknown, expected: unknown): void {
  if (text(got) !== text(expected)) {
    throw new ConformanceError(`${what}: got ${text(got)}, expected ${text(expected)}`);
  }
}

/** Fails unless the condition holds; `got` is what came instead. */
export function holds(what: string, condition: boolean, got?: unknown): void {
  if (!condition) throw new ConformanceError(got === undefined ? what : `${what}: got ${text(got)}`);
}

function text(value: unknown): string {
  const json = JSON.stringify(value, (_name, part) => (Number.isNaN(part) ? "NaN" : infinite(part)));
  if (json === undefined) return String(value);
  return json.length > 300 ? `${json.slice(0, 300)}…` : json;
}

function infinite(value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? "Infinity" : value;
}
