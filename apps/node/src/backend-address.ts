/** The address of a Redis server, checked; what is secret in it is never shown. */

import { addressOf, type Mistaken, withoutSecrets } from "@sluice/feeds/settings";

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
