/** Whether an app counts clients by the addresses that a replay gives them; without that, a replay says nothing. */

import { randomInt } from "node:crypto";
import { limitsIn } from "./answer.ts";
import type { Client } from "./client.ts";

const strangers = 20;

/**
 * Twenty addresses that nobody used before ask at once. Counted apart, all of them read the same untouched quota of the
 * policy "ip"; counted as one, each finds less than the one before.
 *
 * @throws Error with the cure when the app ignores addresses, shows no such quota, or does not answer.
 */
export async function checkAddresses(client: Client, url: string): Promise<void> {
  const asked = Array.from({ length: strangers }, () => {
    const address = `2001:db8:${randomInt(0x10000).toString(16)}:${randomInt(0x10000).toString(16)}::1`;
    return client.send({ method: "GET", path: "/api/me", headers: { "X-Forwarded-For": address } });
  });
  const answers = await Promise.all(asked).catch((error: Error) => {
    throw new Error(`${url} does not answer (${error.message}). Start it there: TRUSTED_PROXIES=1 npm start.`);
  });
  const left = answers.map(({ headers }) => limitsIn(headers["ratelimit"]).get("ip"));
  if (left.includes(undefined)) {
    const [{ status } = { status: 0 }] = answers;
    const cure = "Start this app there, with limits on: TRUSTED_PROXIES=1 npm start.";
    throw new Error(`${url} answers ${status} without an "ip" item in RateLimit. ${cure}`);
  }
  if (new Set(left).size > 1) {
    const cure = "Start it with TRUSTED_PROXIES=1.";
    throw new Error(`${url} ignores X-Forwarded-For, so that all requests would count as one address. ${cure}`);
  }
}
