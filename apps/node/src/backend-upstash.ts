/** Limits in an Upstash database, over REST: nothing is held open, so there is nothing to close. */

import { isConfigError } from "@sluice/core";
import { upstash } from "@sluice/core/upstash";
import type { OpenBackend } from "./backend.ts";

/**
 * Makes the backend; the first request is the first to ask it.
 *
 * @throws Error with a sentence that names the setting.
 */
export function openUpstash({ url, token }: { readonly url: string; readonly token: string }): OpenBackend {
  try {
    return { backend: upstash({ url, token }), close() {} };
  } catch (error) {
    // Which addresses a token may be sent to is for core to say; its message has no secret in it.
    if (!isConfigError(error)) throw error;
    throw new Error(`UPSTASH_REDIS_REST_URL is refused: ${error.message}`, { cause: error });
  }
}
