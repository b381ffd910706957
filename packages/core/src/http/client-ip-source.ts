/** What a source of client addresses is, and what it answers. */

import type { Address } from "./address.ts";
import type { Incoming } from "./incoming.ts";

/** What a source found: an address, another key that names the client as well, or the reason why there is neither. */
export type ClientAddress =
  | { readonly address: Address }
  | { readonly key: string }
  /** A sentence for operators. It is one of a few constant ones and never holds anything the client sent. */
  | { readonly missing: string };

/** Finds the client's address in a request. Never throws, and never falls back to another source: that could be forged. */
export type AddressSource<C = unknown> = (incoming: Incoming<C>) => ClientAddress;
