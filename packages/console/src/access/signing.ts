/** Texts that only who holds the key can have made. WebCrypto compares them in constant time. */

import { base64url, fromBase64url } from "../base64url.ts";

const encoder = new TextEncoder();

/** Signs and verifies with one key. */
export interface Signing {
  /** HMAC-SHA-256 of the text, as base64url. */
  sign(text: string): Promise<string>;
  /** False for every signature that is not this text's, whatever was sent in its place. */
  verify(text: string, signature: string): Promise<boolean>;
}

/** From a secret as sluice_keys has it. */
export async function signing(secret: string): Promise<Signing> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign", "verify"]);
  return {
    async sign(text) {
      return base64url(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
    },
    async verify(text, signature) {
      const bytes = fromBase64url(signature);
      return bytes !== undefined && crypto.subtle.verify("HMAC", key, bytes, encoder.encode(text));
    },
  };
}

/** 128 bits that nobody can guess. */
export function randomId(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(16)));
}
