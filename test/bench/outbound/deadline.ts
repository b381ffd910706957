/** How soon a call learns that its slot lies beyond its deadline. */

import { per } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { LimitError, limiter } from "@sluice/outbound";
import { RateLimiterMemory, RateLimiterQueue } from "rate-limiter-flexible";
import type { Contenders } from "../contender.ts";
import type { Measure } from "../measure.ts";
import { everyRound, spread, together, waiting } from "./waiting.ts";

const rounds = 3;
const windowMs = 3_000;
const deadlineMs = 1_000;

/** Each: the one unit of a window is spent, and the next call would wait for so long at most. */
const subjects: Readonly<Record<string, (windowMs: number, deadlineMs: number) => Promise<number>>> = {
  async Sluice(windowMs, deadlineMs) {
    const limited = limiter({ name: "bench", rate: per(`${windowMs}ms`, 1), backend: memory() });
    await limited.acquire();
    return await refusedAfter(
      () => limited.acquire(1, { maxWaitMs: deadlineMs }),
      (error) => error instanceof LimitError && error.code === "SLUICE_MAX_WAIT",
    );
  },

  async "rate-limiter-flexible, queue"(windowMs, deadlineMs) {
    const memory = new RateLimiterMemory({ points: 1, duration: windowMs / 1_000 });
    const queue = new RateLimiterQueue(memory);
    await queue.removeTokens(1);
    // Its deadlines are whole seconds since 1970.
    const deadline = Math.ceil((Date.now() + deadlineMs) / 1_000);
    return await refusedAfter(
      () => queue.removeTokens(1, undefined, deadline),
      (error) => error instanceof Error && /expired/.test(error.message),
    );
  },
};

export const contenders: Contenders<number | undefined> = Object.fromEntries(
  Object.entries(subjects).map(([name, refused]) => [
    name,
    waiting(
      () => refused(windowMs, deadlineMs),
      () => refused(2_000, 1),
    ),
  ]),
);

export const deadline: Measure = async () => {
  const answers = await together<number>(import.meta.url, Object.keys(contenders), rounds);
  const [own = [], peer = []] = answers.values();
  const measure = `deadline of ${deadlineMs / 1_000} s, slot in ${windowMs / 1_000} s: refused after`;
  const row = {
    measure,
    against: `rate-limiter-flexible, queue ${spread(peer, " ms", 0)}`,
    reach: "< 5 ms, at once",
  };
  return {
    rows: [everyRound(row, own, { unit: " ms", digits: 2 }, (ms) => ms < 5)],
    raw: [...answers].map(([name, all]) => `${measure}: ${name} ${spread(all, " ms", 2)}`),
  };
};

async function refusedAfter(call: () => Promise<unknown>, isRefusal: (error: unknown) => boolean): Promise<number> {
  const asked = performance.now();
  try {
    await call();
  } catch (error) {
    if (isRefusal(error)) return performance.now() - asked;
    throw error;
  }
  throw new Error("was granted a slot beyond its deadline");
}
