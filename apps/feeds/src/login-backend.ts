/** Where failed logins are counted: whatever becomes of the product's limits, somewhere. */

import { type Backend, per, policy } from "@sluice/core";
import { fallback } from "@sluice/core/resilience";

/** As strict as the console's own. */
const failures = policy("login", per("15m", 5, { algorithm: "sliding-log" }));

/** Where they are counted, and what of it is to be named. */
export interface LoginBackend {
  readonly backend: Backend;
  /** The one that decides as long as it answers. */
  readonly shownAs: Backend;
}

/**
 * The first of these that counts exactly and can block, and while that one fails, this process: an administrator is let in
 * above all when something does not work.
 */
export function loginBackend(candidates: readonly (Backend | undefined)[], embedded: Backend): LoginBackend {
  const able = candidates.find((each) => each !== undefined && isAble(each));
  const backend = able === undefined ? embedded : fallback(able, embedded, { onChange() {} });
  return { backend, shownAs: able ?? embedded };
}

function isAble({ features, supports }: Backend): boolean {
  const { scope, block, settle, remaining } = features;
  return scope !== "none" && block && settle && remaining && supports(failures) === undefined;
}
