/** The cases that a backend fails, by name. */

import type { Backend } from "@sluice/core/engine";
import { type Algorithm, conformance, type FakeClock, fakeClock } from "@sluice/core/testing";

/** Puts every case of one algorithm to a backend. */
export async function failures(make: (clock: FakeClock) => Backend, algorithm: Algorithm): Promise<readonly string[]> {
  const clock = fakeClock();
  const { entries } = await conformance({ make: () => make(clock), clock, algorithms: [algorithm] });
  const failed: string[] = [];
  for (const { name, skip, run } of entries) {
    if (skip === undefined) await run().catch(() => failed.push(name.slice(`${algorithm}: `.length)));
  }
  return failed;
}
