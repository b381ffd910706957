/** Names that tell readers apart without telling who they are. */

import { hex } from "../base64url.ts";

/** What every pseudonym begins with; 16 hexadecimal digits follow. */
const prefix = "anon-";

/** Names addresses: the same one for the same address, and nothing that leads back without the key. */
export type Pseudonyms = (address: string) => Promise<string>;

/** Pseudonyms by HMAC-SHA-256 under a secret. Remembers the last few thousand. */
export async function pseudonymsOf(secret: string): Promise<Pseudonyms> {
  const encoder = new TextEncoder();
  const hashing = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), hashing, false, ["sign"]);
  const known = new Map<string, string>();
  return async (address) => {
    // A reader without an address has none to hide.
    if (address === "") return address;
    const found = known.get(address);
    if (found !== undefined) return found;
    const hash = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(address)));
    const name = prefix + hex(hash.subarray(0, 8));
    if (known.size >= 5_000) known.clear();
    known.set(address, name);
    return name;
  };
}

/** The same for a counter's key: of `ip:192.0.2.1` the address alone is replaced, of any other key the whole. */
export async function pseudonymOfKey(key: string, pseudonyms: Pseudonyms): Promise<string> {
  return key.startsWith("ip:") ? `ip:${await pseudonyms(key.slice(3))}` : pseudonyms(key);
}
