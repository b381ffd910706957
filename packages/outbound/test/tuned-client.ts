/** A client as small as can be around a limiter and its tuning: takes a place, asks, tells; again if it was refused. */

import type { Rate } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { tuning } from "../src/adapting/make-tuning.ts";
import type { Tuning } from "../src/adapting/tuning.ts";
import type { NamedLimiter } from "../src/limits/limiter.ts";
import { limiter } from "../src/limits/make-limiter.ts";
import { type VirtualTime, virtualTime } from "../src/time/virtual-time.ts";
import { VirtualUpstream, type VirtualUpstreamOptions } from "./virtual-upstream.ts";

export interface TunedClient {
  readonly limit: NamedLimiter;
  readonly tuned: Tuning;
  call(): Promise<void>;
}

/** Numbers that look random and are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

export function tunedClient(limit: NamedLimiter, tuned: Tuning, upstream: VirtualUpstream): TunedClient {
  return {
    limit,
    tuned,
    async call() {
      for (;;) {
        await limit.acquire(1, { maxWaitMs: 1e12 });
        const number = tuned.sent();
        const { ok, retryAfterMs } = await upstream.ask();
        if (ok) {
          await tuned.accepted(number);
          return;
        }
        await tuned.throttled(number, retryAfterMs, "429");
      }
    },
  };
}

export interface Simulation {
  readonly time: VirtualTime;
  readonly upstream: VirtualUpstream;
  readonly client: TunedClient;
}

/** One process in memory. */
export function simulation(rate: Rate & { readonly windowMs: number }, options: VirtualUpstreamOptions): Simulation {
  const time = virtualTime();
  const upstream = new VirtualUpstream(options, time);
  const rampMs = Math.min(30_000, rate.windowMs / 2);
  const limit = limiter({ name: "api", rate, backend: memory({ clock: time }), time, rampMs });
  const tuned = tuning({ limiter: limit, isOn: true, time, random: seeded(7) });
  return { time, upstream, client: tunedClient(limit, tuned, upstream) };
}

/** Runs jobs, at most so many at once, and tells how long they took. */
export async function run(
  { time, client }: Simulation,
  jobs: number,
  at: (done: number) => void = () => {},
  most = 64,
): Promise<number> {
  const start = time.now();
  let left = jobs;
  let done = 0;
  let endMs = 0;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      await client.call();
      done++;
      endMs = time.now();
      at(done);
    }
  };
  void Promise.all(Array.from({ length: most }, worker));
  while (done < jobs && time.now() - start < 86_400_000) await time.advance(1_000);
  return endMs - start;
}
