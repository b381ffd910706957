/** Bodies: which can be sent twice, and what is made of one for an attempt. */

import type { ClientBody } from "./client.ts";
import type { FetchBody } from "./fetching.ts";

/** A stream is read while it is sent, and then it is gone. */
function isStream(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return "getReader" in body || Symbol.asyncIterator in body;
}

/** Whether a body can be sent more than once: all but streams, and those too where a function makes them. */
export function canBeSentAgain(body: ClientBody | null | undefined): boolean {
  return !isStream(body);
}

/** What one attempt sends. */
export interface BodyToSend {
  readonly body: FetchBody | null;
  /** What `fetch` wants to be told about a stream: it is sent while nobody reads the answer yet. */
  readonly duplex?: "half";
}

/** Makes the body of one attempt; rejects as the function that makes it does, or with the signal's reason if that is first. */
export async function bodyToSend(body: ClientBody, signal: AbortSignal | undefined): Promise<BodyToSend> {
  const made = typeof body === "function" ? await inTime(body, signal) : body;
  return isStream(made) ? { body: made, duplex: "half" } : { body: made };
}

/** Who makes a body need not heed a signal: what he makes too late is given up. */
function inTime(make: () => FetchBody | Promise<FetchBody>, signal: AbortSignal | undefined): Promise<FetchBody> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const making = Promise.resolve(make());
    const over = (): void => {
      reject(signal?.reason);
      making.then((late) => (late instanceof ReadableStream ? late.cancel(signal?.reason) : undefined)).catch(() => {});
    };
    const ended = (): void => signal?.removeEventListener("abort", over);
    signal?.addEventListener("abort", over, { once: true });
    making.then(resolve, reject).finally(ended);
  });
}

/** Gives up an answer that nobody will read, so that its connection is free before anybody sleeps. */
export async function discard(response: Response | undefined): Promise<void> {
  try {
    await response?.body?.cancel();
  } catch {
    // It was read, or broke off: then there is nothing to be freed.
  }
}
