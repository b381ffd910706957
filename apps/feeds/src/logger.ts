/** Where this app writes its log: the part of pino's interface it uses. */

import { isSluiceError } from "@sluice/core";

export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * An error as it may be logged: drizzle puts the values of a failed statement into its message, and among them are
 * token hashes and whole articles; the database's own error, the first of all causes, has the reason without them. Where an error of Sluice's came from
 * is no news to anybody: docs/errors.md has the rest.
 */
export function loggable(error: unknown): { readonly err: unknown } {
  if (isSluiceError(error) && error.cause === undefined)
    return { err: { type: error.name, code: error.code, message: error.message } };
  let first = error;
  while (first instanceof Error && first.cause instanceof Error) first = first.cause;
  return { err: first };
}
