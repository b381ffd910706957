/** The client's address from one header that your own proxy sets. */

import { ConfigError } from "../engine/errors.ts";
import { parseAddress } from "./address.ts";
import type { AddressSource } from "./client-ip-source.ts";

/**
 * Behind a proxy that sets one header of its own, as `Fly-Client-IP` or nginx's `X-Real-IP $remote_addr`: its whole value.
 *
 * The proxy must overwrite what clients send, and the app must not be reachable around it.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_CLIENT_ADDRESS` for a name that is none, or that of a list of hops.
 */
export function header(name: string): AddressSource {
  if (typeof name !== "string") {
    throw new ConfigError(
      "SLUICE_OPTION_TYPE",
      "a header's name is a string",
      name,
      'Name it as in header("x-real-ip").',
    );
  }
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) {
    const cure = 'Name it as in header("x-real-ip"), without colon or blanks.';
    throw new ConfigError("SLUICE_CLIENT_ADDRESS", "this cannot be the name of a header", name, cure);
  }
  const lower = name.toLowerCase();
  if (lower === "x-forwarded-for" || lower === "forwarded") {
    const cure = `Use forwarded({ trustedProxies: 1, header: "${lower}" }), with the number of your proxies.`;
    throw new ConfigError("SLUICE_CLIENT_ADDRESS", "this header is a list that clients can begin", name, cure);
  }
  const absent = {
    missing: `The request has no ${name} header: it came around the proxy, or the proxy does not set it.`,
  };
  const unreadable = { missing: `The ${name} header is not one IP address.` };
  const viewerAddress = lower === "cloudfront-viewer-address";
  return ({ request }) => {
    const value = request.headers.get(lower);
    if (value === null) return absent;
    const address = parseAddress(viewerAddress ? withoutPort(value) : value);
    return address === undefined ? unreadable : { address };
  };
}

/** CloudFront always adds the port and never brackets: `2001:db8::1:443` would be read as another address. */
function withoutPort(value: string): string {
  return value.slice(0, Math.max(0, value.lastIndexOf(":")));
}
