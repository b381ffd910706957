/** What SQLite says when it fails, as the backend's coded errors: which of them, and in words without a key. */

import { BackendError, type BackendErrorCode } from "../engine/backend-error.ts";
import { ConfigError, isSluiceError } from "../engine/errors.ts";

type Failure = readonly [resultCode: number, code: BackendErrorCode, problem: string];

const locked = "did not get the lock, which somebody else holds, within its deadline";

/** SQLite's primary result codes, by name. */
const failures: Readonly<Record<string, Failure>> = {
  SQLITE_ERROR: [1, "SLUICE_BACKEND_REFUSED", "did not accept a statement; is its table as Sluice made it?"],
  SQLITE_PERM: [3, "SLUICE_BACKEND_REFUSED", "may not use its file"],
  SQLITE_BUSY: [5, "SLUICE_BACKEND_TIMEOUT", locked],
  SQLITE_LOCKED: [6, "SLUICE_BACKEND_TIMEOUT", locked],
  SQLITE_NOMEM: [7, "SLUICE_BACKEND_OVERLOADED", "has no memory left"],
  SQLITE_READONLY: [8, "SLUICE_BACKEND_REFUSED", "may not write its file"],
  SQLITE_IOERR: [10, "SLUICE_BACKEND_UNREACHABLE", "could not read or write its file"],
  SQLITE_CORRUPT: [11, "SLUICE_BACKEND_REFUSED", "found its file damaged"],
  SQLITE_FULL: [13, "SLUICE_BACKEND_REFUSED", "has no room left: the disk is full, or the file as large as it may be"],
  SQLITE_CANTOPEN: [14, "SLUICE_BACKEND_UNREACHABLE", "could not open its file"],
  SQLITE_PROTOCOL: [15, "SLUICE_BACKEND_TIMEOUT", locked],
  SQLITE_NOTADB: [26, "SLUICE_BACKEND_REFUSED", "was given a file that is no database"],
};

/** The name of the result code that an error of any of the libraries carries, without what SQLite adds to it. */
export function resultOf(error: unknown): string | undefined {
  const { errcode, errno, code } = (error ?? {}) as Readonly<Record<"errcode" | "errno" | "code", unknown>>;
  // node:sqlite has `errcode`, bun:sqlite `errno`; in both the low byte is the primary code.
  const number = typeof errcode === "number" ? errcode : errno;
  if (typeof number === "number" && number > 0) {
    const primary = number & 0xff;
    return Object.keys(failures).find((name) => failures[name]?.[0] === primary) ?? `SQLITE_${primary}`;
  }
  // better-sqlite3 has names such as SQLITE_BUSY_SNAPSHOT.
  return typeof code === "string" ? /^SQLITE_[A-Z]+/.exec(code)?.[0] : undefined;
}

/** Whether a transaction did not begin because somebody else's, on the same handle, has not ended. */
export function isNested(error: unknown): boolean {
  return error instanceof Error && error.message.includes("within a transaction");
}

/** The mistake of asking in the middle of somebody else's transaction. */
export function nested(): ConfigError {
  return new ConfigError(
    "SLUICE_SQLITE_TRANSACTION",
    "a decision is a transaction of its own, and the database is in the middle of another one",
    "BEGIN",
    "Give Sluice a handle of its own, or ask before the transaction or after it.",
  );
}

/** The error to throw for whatever was thrown; what Sluice threw itself stays as it is. */
export function failureOf(error: unknown): unknown {
  if (isSluiceError(error)) return error;
  const result = resultOf(error);
  if (result !== undefined) {
    const [, code, problem] = failures[result] ?? [0, "SLUICE_BACKEND_REFUSED" as const, "failed"];
    return new BackendError(code, "sqlite", `${problem} (${result})`);
  }
  const message = error instanceof Error ? error.message : "";
  if (/not open|closed|finalized/i.test(message)) {
    return new BackendError("SLUICE_BACKEND_UNREACHABLE", "sqlite", "has a database that was closed");
  }
  const kind = error instanceof Error ? error.name : typeof error;
  return new BackendError("SLUICE_BACKEND_REFUSED", "sqlite", `failed with a ${kind} that is none of SQLite's`);
}
