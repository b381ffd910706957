/** What a client's error means: the word that Redis errors begin with, and nothing of the command behind it. */

import { BackendError, type BackendErrorCode } from "../engine/backend-error.ts";
import { isSluiceError } from "../engine/errors.ts";

/** A failure as it is reported, and whether asking otherwise can help: nothing was booked where it can. */
export interface Failure {
  readonly error: Error;
  /** One of the keys holds something that is none of ours. */
  readonly isForeign?: boolean;
  /** The server's clock is in another calendar period than the caller's, namely here. */
  readonly period?: number;
}

const refused = "SLUICE_BACKEND_REFUSED";
const unreachable = "SLUICE_BACKEND_UNREACHABLE";

const problems: Readonly<Record<string, readonly [BackendErrorCode, string]>> = {
  WRONGTYPE: [refused, "holds a value of another type under a key of Sluice; give Sluice a prefix of its own"],
  CROSSSLOT: [refused, "is a Cluster, where keys of one call live in one slot; give redis() the option cluster: true"],
  MOVED: [refused, "is one node of a Cluster, and the key lives on another; use a Cluster client"],
  READONLY: [refused, "is a replica that cannot be written; connect to the primary"],
  OOM: [refused, "has no memory left"],
  NOAUTH: [refused, "wants a password"],
  WRONGPASS: [refused, "refused the password"],
  NOPERM: [refused, "does not allow this user to run scripts or to touch these keys"],
  LOADING: [unreachable, "is loading its data"],
  CLUSTERDOWN: [unreachable, "is a Cluster that is down"],
  MASTERDOWN: [unreachable, "is a replica without its primary"],
  BUSY: ["SLUICE_BACKEND_OVERLOADED", "is busy with somebody's script"],
};

/** What is known of a rejected run. */
export function failureOf(backend: string, thrown: unknown): Failure {
  if (isSluiceError(thrown)) return { error: thrown };
  const { name = "", message = "" } = thrown instanceof Error ? thrown : {};
  const [word = ""] =
    /^[A-Z_]+(?= |$)/.exec(message.replace(/^ERR Error running script.*?: (@user_script: ?\d+: )+/, "")) ?? [];

  // The script's own words. From Redis 7 on an error of one word gets ERR in front of it.
  const period = /^SLUICE_PERIOD (\d+)/.exec(message)?.[1];
  if (period !== undefined) {
    const problem = "is in another calendar period than this machine; set its clock";
    return { error: new BackendError(refused, backend, problem), period: Number(period) };
  }
  if (/^(ERR )?SLUICE_FOREIGN\b/.test(message)) {
    return { error: new BackendError(refused, backend, foreign), isForeign: true };
  }
  const known = problems[word];
  if (known) return { error: new BackendError(known[0], backend, known[1]) };
  if (word) return { error: new BackendError(refused, backend, `refused the script: ${word}`) };
  if (/Timeout|Abort/.test(name) || /timed out/.test(message)) {
    return { error: new BackendError("SLUICE_BACKEND_TIMEOUT", backend, "did not answer in time") };
  }
  const problem = /client is closed/i.test(message)
    ? "has a client that is not connected; await its connect() first"
    : "could not be reached, or broke off before its answer";
  return { error: new BackendError(unreachable, backend, problem) };
}

const foreign = "holds something under a key of Sluice that Sluice has not written; give it a prefix of its own";
