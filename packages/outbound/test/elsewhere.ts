/** How another process sees a backend elsewhere: every call takes a trip. */

import type { Backend } from "@sluice/core/engine";
import type { MemoryBackend } from "@sluice/core/memory";
import type { VirtualTime } from "../src/time/virtual-time.ts";

/** One process's way to a state that lives elsewhere; each trip takes `tripMs`, and is counted. */
export function elsewhere(state: MemoryBackend, time: VirtualTime, tripMs: number): Backend & { trips: number } {
  const trip = async <T>(act: () => T | Promise<T>): Promise<T> => {
    backend.trips++;
    await time.sleep(tripMs / 2);
    const answer = await act();
    await time.sleep(tripMs / 2);
    return answer;
  };
  const backend = {
    name: "elsewhere",
    trips: 0,
    features: { ...state.features, scope: "global" as const },
    supports: () => undefined,
    consume: (charges: Parameters<Backend["consume"]>[0]) => trip(() => state.consume(charges)),
    settle: (entries: Parameters<MemoryBackend["settle"]>[0]) => trip(() => state.settle(entries)),
    reset: (identity: Parameters<MemoryBackend["reset"]>[0]) => trip(() => state.reset(identity)),
    block: (...given: Parameters<NonNullable<Backend["block"]>>) =>
      trip(() => state.block?.(...given)) as Promise<void>,
    lease: (request: Parameters<NonNullable<Backend["lease"]>>[0]) =>
      trip(async () => (state as Required<Backend>).lease(request)),
  };
  return backend;
}
