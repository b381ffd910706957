/** A client's address as people write it, for the access log. */

import { type ClientAddress, formatAddress } from "@sluice/core";

/** The address in its usual notation, whatever else names the client, or nothing. */
export function addressText(client: ClientAddress): string {
  if ("key" in client) return client.key;
  return "missing" in client ? "" : formatAddress(client.address);
}
