/** Questions to the database whose failure is told in words. */

import { AdminError } from "./admin-error.ts";

/**
 * What the database answers.
 *
 * Rejects with AdminError `unavailable` where it fails; an AdminError stays what it is.
 */
export async function answered<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    if (cause instanceof AdminError) throw cause;
    throw new AdminError("unavailable", "The database does not answer. Try again in a moment.", { cause });
  }
}
