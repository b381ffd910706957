/** Bytes and texts as what a cookie, an address or a column may hold. */

/** Two hexadecimal digits for each byte. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function base64url(bytes: Uint8Array): string {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Undefined for what is none. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    // Bits that decoding drops would give one text several spellings.
    return base64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** A text of any alphabet. */
export function base64urlOf(text: string): string {
  return base64url(new TextEncoder().encode(text));
}

/** Undefined for what is none. */
export function textOf(encoded: string): string | undefined {
  const bytes = fromBase64url(encoded);
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}
