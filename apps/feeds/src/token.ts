/** An API token at rest: its SHA-256, so that a stolen database opens no account. */

import { sha256 } from "./digest.ts";
import { utf8 } from "./text.ts";

/**
 * The hash under which a token is stored and looked up.
 *
 * A fast hash is right here, unlike for passwords: tokens are long and random, so there is nothing to guess.
 * The lookup by hash does the same work for every token, known or not.
 */
export async function hashToken(token: string): Promise<string> {
  return sha256(utf8(token));
}
