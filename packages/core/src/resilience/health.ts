/** Tells of backends that begin and cease to fail: once for each change, however many calls meet it. */

import type { Backend } from "../engine/backend.ts";
import type { Outcome } from "../engine/charge.ts";
import { isConfigError, SluiceError } from "../engine/errors.ts";

/** Hears of a change: `SLUICE_BACKEND_FAILED` with the error as its `cause`, or `SLUICE_BACKEND_RECOVERED`. */
export type Report = (change: SluiceError) => void;

/** What is known of backends, as far as they were called. */
export interface Health {
  /** @throws the cause itself when it is a ConfigError: a mistake is no failure. */
  failed(backend: Backend, cause: unknown, consequence: string): void;
  /** What a backend says from memory (`via`) tells nothing of how it is now. */
  answered(backend: Backend, outcome?: Outcome): void;
}

/** Keeps track of any number of backends. */
export function healthReports(report: Report): Health {
  const failing = new Set<Backend>();
  return {
    failed(backend, cause, consequence) {
      if (isConfigError(cause)) throw cause;
      if (failing.has(backend)) return;
      failing.add(backend);
      const reason = cause instanceof Error ? cause.message : String(cause);
      const problem = `backend ${backend.name} failed (${reason}); ${consequence}`;
      report(new SluiceError("SLUICE_BACKEND_FAILED", problem, { cause }));
    },
    answered(backend, outcome) {
      if (failing.size === 0 || outcome?.decisions.every(({ via }) => via) || !failing.delete(backend)) return;
      report(new SluiceError("SLUICE_BACKEND_RECOVERED", `backend ${backend.name} answers again`));
    },
  };
}
