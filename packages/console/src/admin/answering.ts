/** One place that makes of what the database and the checks throw what administrators are told. */

import { isSluiceError } from "@sluice/core";
import { DraftError } from "../plans/check-plan.ts";
import { AdminError } from "./admin-error.ts";

/** What the database answers. Rejects with AdminError `invalid` for a draft, `unavailable` for a database that fails. */
export async function answered<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw asAdminError(error);
  }
}

/** The same questions and actions, rejecting as {@link answered} does. */
export function answering<A extends object>(admin: A): A {
  const asked = Object.entries(admin).map(([name, ask]) => {
    return [name, (...words: unknown[]): Promise<unknown> => answered(async () => ask(...words))];
  });
  return Object.fromEntries(asked) as A;
}

function asAdminError(error: unknown): unknown {
  if (error instanceof AdminError) return error;
  if (error instanceof DraftError) return new AdminError("invalid", error.message, { field: error.field });
  // Mistakes of ours are not to look like a database in trouble.
  if (isSluiceError(error) || isMistake(error)) return error;
  const message = "The database does not answer. Nothing is half done: look at it again in a moment.";
  return new AdminError("unavailable", message, { cause: error });
}

/** A network that fails may show itself as a TypeError as well, and then it has a cause. */
function isMistake(error: unknown): boolean {
  return (error instanceof TypeError || error instanceof ReferenceError) && error.cause === undefined;
}
