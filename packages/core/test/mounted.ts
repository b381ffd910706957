/** What the middleware's tests mount: a backend whose clock stands still, limiters by key, and a small app. */

import { Hono } from "hono";
import { expect, type Mock, vi } from "vitest";
import { type MemoryBackend, memory } from "../src/backends/memory.ts";
import { perMinute } from "../src/engine/rate.ts";
import { byKey } from "../src/limiters/by-key.ts";
import type { Limiter } from "../src/limiters/limiter.ts";
import type { LimiterOptions } from "../src/limiters/limiter-options.ts";
import type { RateLimitHandler } from "../src/middleware/rate-limit.ts";
import { type FakeClock, fakeClock } from "../src/testing/clock.ts";

/** A memory backend whose clock stands still, and whose calls are counted. */
export function stopped(): {
  clock: FakeClock;
  backend: MemoryBackend;
  consume: Mock<MemoryBackend["consume"]>;
  settle: Mock<MemoryBackend["settle"]>;
} {
  const clock = fakeClock();
  const inner = memory({ clock });
  const consume = vi.fn(inner.consume);
  const settle = vi.fn(inner.settle);
  return { clock, backend: { ...inner, consume, settle }, consume, settle };
}

export type LimiterRules = Partial<LimiterOptions<unknown>> & { key?: () => string };

/** A limiter of one key and 60 a minute, unless told otherwise. */
export function limiterOf(
  name: string,
  { key = () => "k", limit = perMinute(60), ...rules }: LimiterRules = {},
): Limiter {
  return byKey({ name, key, limit, ...rules });
}

/** An app that says hello behind these mounts. */
export function appWith(...handlers: readonly RateLimitHandler[]): Hono {
  const app = new Hono();
  for (const handler of handlers) app.use(handler);
  return app.get("/", (c) => c.text("hello")).post("/", (c) => c.text("posted"));
}

/** No lines in the log, and no errors that nobody expects. */
export const quiet = {
  log: false,
  onError: (error: unknown): never => expect.unreachable(String(error)),
} as const;
