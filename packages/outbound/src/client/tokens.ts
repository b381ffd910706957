/** Tokens a minute, as APIs of language models count them beside requests. */

import { perMinute } from "@sluice/core/engine";
import type { ClientInit } from "./client.ts";
import type { UnitsOptions } from "./client-options.ts";

/** So many characters of a text are about one token. */
const charactersPerToken = 4;

/** What an answer is expected to take where the call sets no bound. */
const usualAnswer = 1_000;

/** The most that one call is expected to cost, as a share of the limit; what is beyond it is debited afterwards. */
const largestShare = 1 / 5;

/** The most that an answer is believed to have cost, in minutes of the limit: who says more must not hold everybody for years. */
const longestDebt = 10;

/**
 * Units for `createClient()`: estimated from the length of a call's text and from its `max_tokens`, set right by
 * `usage.total_tokens` of a JSON answer. Of a streamed answer only the caller knows: `client.spent(answer, tokens)`.
 */
export function tokensPerMinute(limit: number): UnitsOptions {
  const burst = Math.max(1, Math.floor(limit * largestShare));
  return {
    rate: perMinute(limit, { burst }),
    estimate: (_input, init) => Math.min(burst, tokensOf(init)),
    actual: async (response) => {
      if (!response.ok || !/^application\/json\b/i.test(response.headers.get("content-type") ?? "")) return undefined;
      const { usage } = (await response.clone().json()) as { readonly usage?: { readonly total_tokens?: unknown } };
      return typeof usage?.total_tokens === "number" ? Math.min(usage.total_tokens, longestDebt * limit) : undefined;
    },
  };
}

function tokensOf({ body }: ClientInit): number {
  if (typeof body !== "string") return usualAnswer;
  const bound = /"max_(?:completion_|output_)?tokens"\s*:\s*(\d{1,9})/.exec(body)?.[1];
  return Math.ceil(body.length / charactersPerToken) + (bound === undefined ? usualAnswer : Number(bound));
}
