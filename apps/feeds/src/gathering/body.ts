/** Reading a body of which nobody knows how long it is: what is counted is what comes out, after any decompression. */

/** It is longer than anybody needs; the rest was not read. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/**
 * Reads a body of at most so many bytes.
 *
 * Rejects with BodyTooLargeError as soon as there are more, and with what the body fails with.
 */
export async function readBody(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = response;
  if (body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      // Told to stop, it may fail in its own way; nobody needs to know.
      await reader.cancel().catch(() => {});
      throw new BodyTooLargeError(`more than ${most} bytes`);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Lets go of an answer that nobody reads, and of its connection. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}
