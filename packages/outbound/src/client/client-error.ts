/** What a call rejects with when its time is over: of an attempt, or of reading a body. */

import { SluiceError } from "@sluice/core/engine";

/** Stable codes; each has a section in docs/errors.md. */
export type ClientErrorCode = "SLUICE_TIMEOUT";

/** No answer, or no end of one, within the time that was given. Whether the API did what it was asked is not known. */
export class ClientError extends SluiceError {
  declare readonly code: ClientErrorCode;
  /** The time that is over, in milliseconds. */
  readonly timeoutMs: number;

  constructor(client: string, awaited: "answer" | "body", timeoutMs: number) {
    const problem = awaited === "answer" ? "no answer" : "the answer's body did not end";
    super("SLUICE_TIMEOUT", `${client}: ${problem} within ${timeoutMs} ms`);
    this.name = "ClientError";
    this.timeoutMs = timeoutMs;
  }
}
