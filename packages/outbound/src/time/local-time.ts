/** The caller's own time: what it waits by. Who may go when is decided by the backend's clock, in delays from now. */

/** Tells the time and waits. Tests and simulations hand in their own. */
export interface LocalTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, never before; rejects with the signal's reason once it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
