/** Text that every feed format can carry: XML 1.0 has no control characters and no lone surrogates. */

// Tab, line feed and carriage return are the only controls XML admits; U+FFFE and U+FFFF are no characters at all.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** True for text that goes through every format unchanged. */
export function isPlain(text: string): boolean {
  return text === plain(text);
}

/** The text without what XML forbids; half a surrogate pair becomes U+FFFD. */
export function plain(text: string): string {
  return text.toWellFormed().replace(forbidden, "");
}

/** Plain text as HTML that shows it. */
export function asHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The text in UTF-8; Workers' own types leave open what kind of buffer the encoder gives. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
