/** The addresses and the token of backends elsewhere, checked; what is secret in them is never shown. */

import { type Mistaken, shortened } from "./mistake.ts";

/** The address of a Redis server. */
export function redisUrl(given: string | undefined, mistaken: Mistaken): string {
  const example = "redis://127.0.0.1:6379";
  if (given === undefined) {
    return mistaken(`RATE_LIMIT_BACKEND="redis" needs REDIS_URL, the address of the server, such as ${example}`);
  }
  const url = addressOf(given);
  if (url === undefined) {
    const cure = `write redis://user:password@host:6379, rediss:// for TLS, with %40 for an @ and %2F for a / in a password`;
    return mistaken(`REDIS_URL is set, but not to an address that can be read; ${cure}`);
  }
  const shown = `REDIS_URL=${withoutSecrets(url)}`;
  if (/^https?:$/.test(url.protocol)) {
    const cure = "an https:// address is for RATE_LIMIT_BACKEND=upstash, as UPSTASH_REDIS_REST_URL";
    return mistaken(`${shown} has to begin with redis:// or rediss://; ${cure}`);
  }
  if (!/^rediss?:$/.test(url.protocol)) {
    return mistaken(`${shown} has to begin with redis:// or rediss://, such as ${example}`);
  }
  if (!/^(\/\d{0,5})?$/.test(url.pathname)) {
    return mistaken(`${shown} may end in the number of a database, as in ${example}/1, and in nothing else`);
  }
  if (url.search !== "" || url.hash !== "") return mistaken(`${shown} takes no options after a ? or #; leave them out`);
  return given;
}

/** The address of an Upstash database; whether a token may be sent there is for core to say. */
export function restUrl(given: string | undefined, mistaken: Mistaken): string {
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
    const cure = "a redis:// or rediss:// address is for RATE_LIMIT_BACKEND=redis, as REDIS_URL";
    return mistaken(`${shown} has to begin with https://; ${cure}`);
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
function addressOf(text: string): URL | undefined {
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
function withoutSecrets({ protocol, username, password, host }: URL): string {
  return shortened(`${protocol}//${username === "" && password === "" ? "" : "***@"}${host}`);
}
