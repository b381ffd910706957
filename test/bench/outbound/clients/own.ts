/** Sluice's client, with defaults throughout but for what a measure names. */

import { per } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { type Client, createClient } from "@sluice/outbound";
import type { Call, Caller } from "./callers.ts";

/** A first retry after 150 ms on average, as all others in these tables. */
export const retry = { baseMs: 300 };

/** Jobs have all the time there is to wait in. */
export const own: Readonly<Record<string, Caller>> = { Sluice: patient() };

/** With a breaker that probes after so long, where that is said. */
export function patient(breaker?: { readonly openMs: number }): Caller {
  return ({ url, name, limit, windowMs }) => {
    const rate = per(`${windowMs}ms`, limit);
    const options = { name, backend: memory(), rate, maxWaitMs: 120_000, retry };
    return clientCall(createClient(breaker === undefined ? options : { ...options, breaker }), url);
  };
}

/** A client as a caller: whatever is no answer is given up. */
export function clientCall(client: Client, url: string): Call {
  return async () => {
    const response = await client(url);
    await response.text();
    if (!response.ok) throw new Error(`answered ${response.status}`);
  };
}
