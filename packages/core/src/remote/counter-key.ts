/** Names of counters where others read them: escaped, length-prefixed, and hashed where they are long. */

/** More bytes than this and a name is hashed. */
const longest = 200;

const utf8 = new TextEncoder();

/**
 * Text without what means something elsewhere: `{}` (hash tags), `%` (this escape) and lone surrogates, which UTF-8
 * cannot write, so that two of them would become one.
 */
export function escaped(text: string): string {
  if (!/[{}%\ud800-\udfff]/.test(text)) return text;
  return text.replaceAll(
    /[{}%]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16)};`,
  );
}

/** The text that was {@link escaped}. */
export function unescaped(text: string): string {
  return text.replaceAll(/%([\da-f]+);/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Parts as one text that no other parts give. */
export function joined(...parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

/** The text itself, or its hash where it has more than 200 bytes; `joined` texts begin with a digit, hashes with `#`. */
export function shortened(text: string): string | Promise<string> {
  // No unit of UTF-16 has more than three bytes.
  if (text.length * 3 <= longest) return text;
  const bytes = utf8.encode(text);
  return bytes.length <= longest ? text : digest(bytes);
}

/** The hash of a text. */
export function hashed(text: string): Promise<string> {
  return digest(utf8.encode(text));
}

async function digest(bytes: Uint8Array): Promise<string> {
  // Platforms differ in how they type the buffer beneath.
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return `#${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
