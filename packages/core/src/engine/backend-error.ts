/** What goes wrong with a backend: a coded error that names the backend and never a key. */

import { SluiceError } from "./errors.ts";

/** Stable codes of failures of a backend. Each has a section in docs/errors.md. */
export type BackendErrorCode =
  | "SLUICE_BACKEND_TIMEOUT"
  | "SLUICE_BACKEND_UNREACHABLE"
  | "SLUICE_BACKEND_REFUSED"
  | "SLUICE_BACKEND_ANSWER"
  | "SLUICE_BACKEND_OVERLOADED";

/**
 * A backend could not decide; the limiters' failure rules apply.
 *
 * It has no `cause`: the errors of client libraries carry whole commands, and with them the keys of people.
 */
export class BackendError extends SluiceError {
  /** The backend's name. */
  readonly backend: string;

  constructor(code: BackendErrorCode, backend: string, problem: string) {
    super(code, `${backend} ${problem}`);
    this.name = "BackendError";
    this.backend = backend;
  }
}
