/** RATE_LIMIT_BACKEND, as every composition root reads it, each with backends of its own. */

import { type Mistaken, shortened } from "./mistake.ts";

/** What has been set. */
type Given = Readonly<Record<string, unknown>>;

/** The backend that is named, or else the usual one; undefined for a name that is not known. */
export function backendName<Name extends string>(
  given: Given,
  names: readonly Name[],
  usual: Name,
  mistaken: Mistaken,
): Name | undefined {
  const asked = given["RATE_LIMIT_BACKEND"] ?? usual;
  const name = names.find((known) => known === asked);
  if (name === undefined) {
    mistaken(`RATE_LIMIT_BACKEND=${shortened(asked)} is not known; there are ${names.join(", ")}`);
  }
  return name;
}

/** Settings that were given for backends that are not chosen; `settingsOf` has those that belong to each. */
export function unusedSettings<Name extends string>(
  given: Given,
  settingsOf: Readonly<Partial<Record<Name, readonly string[]>>>,
  chosen: Name,
): readonly string[] {
  const { [chosen]: _, ...others } = settingsOf;
  return Object.values<readonly string[] | undefined>(others)
    .flatMap((settings) => settings ?? [])
    .filter((setting) => given[setting] !== undefined);
}
