/** Waits for an answer, but not for ever: one place that hangs holds no page. */

/** No answer came in time. Nobody knows whether what was asked for has happened. */
export class LateError extends Error {
  override readonly name = "LateError";
}

/** What `ask` answers; rejects with LateError when that takes longer than `ms` milliseconds. */
export async function inTime<T>(ms: number, ask: () => T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError(`no answer within ${ms} ms`)), ms);
  });
  // Asked within the promise, so that what throws at once rejects like the rest.
  const answer = (async () => await ask())();
  // Both may fail, and the second to do so has nobody who listens.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
