/** Texts of strangers, as far as they are kept: short, and what every database takes. */

/** Of a key, an id and the like. */
export const keptText = 200;
/** Of a user agent. */
export const keptUserAgent = 512;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The first `most` characters, without NUL and halves of characters, which databases store differently or not at all. */
export function recordedText(text: string, most: number = keptText): string {
  // A part of a text keeps the whole of it in memory; one that is read anew does not.
  const short = text.length <= most ? text : decoder.decode(encoder.encode(text.slice(0, most)));
  return (short.includes("\0") ? short.replaceAll("\0", "\u{fffd}") : short).toWellFormed();
}
