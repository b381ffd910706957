/** What a source of client addresses is, and what it answers. */

import { ConfigError } from "../engine/errors.ts";
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

/** @throws ConfigError for options that are no object, and for the first one that is not known. */
export function checkOptions(source: string, options: unknown, known: readonly string[]): void {
  const cure = `Known are ${known.join(", ")}.`;
  if (typeof options !== "object" || options === null) {
    throw new ConfigError("SLUICE_OPTION_TYPE", `${source} takes an object of options`, options, cure);
  }
  const stray = Object.keys(options).find((option) => !known.includes(option));
  if (stray !== undefined) throw new ConfigError("SLUICE_OPTION_UNKNOWN", `${source} has no such option`, stray, cure);
}
