/** The addresses and the token of backends elsewhere, checked; what is secret in them is never shown. */

import { type Mistaken, shortened } from "./mistake.ts";

const besideIt = "a redis:// or rediss:// address is for TCP; the one for REST stands beside it in Upstash's console";

/**
 * The address of an Upstash database; whether a token may be sent there is for core to say. `forTcp` is the cure where it is
 * an address for TCP.
 */
export function restUrl(given: string | undefined, mistaken: Mistaken, forTcp = besideIt): string {
  const example = "https://eu1-example-12345.upstash.io";
  if (given === undefined) {
    const what = `the database's REST address, such as ${example}`;
    return mistaken(`RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_URL, ${what}`);
  }
  const url = addressOf(given);
  if (url === undefined) {
    return mistaken(`UPSTASH_REDIS_REST_URL is set, but not to an address that can be read, such as ${example}`);
  }
  const shown = `UPSTASH_REDIS_REST_URL=${withoutSecrets(url)}`;
  if (/^rediss?:$/.test(url.protocol)) {
    return mistaken(`${shown} has to begin with https://; ${forTcp}`);
  }
  if (!/^https?:$/.test(url.protocol)) return mistaken(`${shown} has to begin with https://, such as ${example}`);
  if (`${url.username}${url.password}${url.search}${url.hash}` !== "") {
    const cure = "the token belongs in UPSTASH_REDIS_REST_TOKEN";
    return mistaken(`${shown} may hold no user, password or options; ${cure}`);
  }
  return given;
}

/** The token of an Upstash database. */
export function restToken(given: string | undefined, mistaken: Mistaken): string {
  if (given === undefined) {
    const what = "the database's token, which stands beside its address";
    return mistaken(`RATE_LIMIT_BACKEND="upstash" needs UPSTASH_REDIS_REST_TOKEN, ${what}`);
  }
  if (/^[\x21-\x7e]+$/.test(given) && !/^["']|["']$/.test(given)) return given;
  return mistaken(
    "UPSTASH_REDIS_REST_TOKEN is set, but with blanks, quotes or other signs that no token has; copy it anew",
  );
}

/**
 * An address with a host, if it is one. What looks like half of a password after the host is none: then nothing of it
 * may be shown.
 */
export function addressOf(text: string): URL | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return undefined;
  try {
    const url = new URL(text);
    decodeURIComponent(url.username + url.password);
    return url.hostname === "" || `${url.pathname}${url.search}${url.hash}`.includes("@") ? undefined : url;
  } catch {
    return undefined;
  }
}

/** An address as it may be shown: where, but not as whom, nor anything after the host. */
export function withoutSecrets({ protocol, username, password, host }: URL): string {
  return shortened(`${protocol}//${username === "" && password === "" ? "" : "***@"}${host}`);
}
