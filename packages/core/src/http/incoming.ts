/** What a limiter sees of a request: the request itself, what its runtime passed beside it, and the caller's context. */

/** One request on its way in, free of any framework. */
export interface Incoming<C = unknown> {
  /** The request as it arrived. */
  readonly request: Request;
  /** What the runtime's server passed beside the request: bindings on Workers, the server or its objects elsewhere. */
  readonly env: unknown;
  /** The framework's own context, for rules that the application writes itself. */
  readonly context: C;
  /** Keeps work alive that outlasts the answer, where the platform would end it; absent where none would. */
  waitUntil?(work: Promise<unknown>): void;
}
