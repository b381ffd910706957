/** What operators hear once, however many requests show it. */

import { SluiceError } from "../engine/errors.ts";
import type { Complain } from "../limiters/hooks.ts";
import type { Asked } from "../limiters/limiter.ts";

/** Makes and tells the first error of each name; the names must be few. */
export function firstOnly(complain: Complain): (name: string, make: () => SluiceError) => void {
  const told = new Set<string>();
  return (name, make) => {
    if (told.has(name)) return;
    told.add(name);
    complain(make());
  };
}

/** A limiter would refuse a request because its client has no address: usually a source that does not fit the platform. */
export function addressless<C>({ limiter, because }: Asked<C>): SluiceError {
  const problem = `limiter ${JSON.stringify(limiter.name)} met a request without a client address`;
  return new SluiceError("SLUICE_CLIENT_ADDRESS", `${problem}. ${because}`);
}

/** The default backend is no limit worth the name where every isolate counts for itself. */
export function warnOfIsolates(complain: Complain): void {
  const agent = (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent;
  if (agent !== "Cloudflare-Workers") return;
  const problem = "memory() counts per isolate on Workers";
  complain(
    new SluiceError("SLUICE_MEMORY_PER_ISOLATE", `${problem}. Pass a backend, or memory() to say that you know.`),
  );
}
