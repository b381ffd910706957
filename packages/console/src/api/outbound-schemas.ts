/** What goes out, as the API answers it, and what holds and releases it. */

import * as z from "zod/mini";
import { count, id, instant, note } from "./page-schemas.ts";

export const inboxPath = z.strictObject({ id });
export const apiPath = z.strictObject({ name: id });
export const hold = z.strictObject({ reason: note, untilMs: z.optional(instant) });
export const reason = z.strictObject({ reason: note });

const paused = z.optional(
  z.strictObject({ reason: z.string(), by: z.string(), sinceMs: instant, untilMs: z.optional(instant) }),
);
const used = { limit: count, used: count, remaining: count, resetAfterMs: count };

const inbox = z.strictObject({
  id: z.string(),
  address: z.string(),
  date: z.string(),
  ...used,
  warmupDay: z.optional(z.int()),
  held: z.boolean(),
  heldReason: z.optional(z.string()),
  canSend: z.boolean(),
  curve: z.array(count),
  paused,
});

const limit = z.strictObject({
  name: z.string(),
  key: z.string(),
  limit: count,
  used: z.optional(count),
  remaining: z.optional(count),
  resetAfterMs: z.optional(count),
  rampLeftMs: z.optional(count),
  paused,
});

const tuned = z.strictObject({
  limit: count,
  configured: count,
  changedMs: z.optional(instant),
  raiseAtMs: z.optional(instant),
});

const breaker = z.strictObject({
  name: z.string(),
  phase: z.enum(["closed", "open", "half-open", "isolated"]),
  generation: z.int(),
  sinceMs: instant,
  untilMs: z.optional(instant),
  reason: z.optional(z.string()),
  by: z.optional(z.string()),
  calls: count,
  failures: count,
  isShared: z.boolean(),
});

const day = z.strictObject({
  calls: count,
  retries: count,
  throttled: count,
  failures: count,
  meanLatencyMs: z.optional(count),
  meanWaitMs: z.optional(count),
});

const api = z.strictObject({
  name: z.string(),
  limits: z.array(limit),
  tuned: z.optional(tuned),
  breaker: z.optional(breaker),
  queue: z.optional(count),
  day,
  because: z.optional(z.string()),
});

export const outboundView = z.strictObject({
  sending: z.optional(
    z.strictObject({
      hour: z.strictObject(used),
      day: z.strictObject(used),
      paused,
      inboxes: z.array(inbox),
      waits: z.optional(z.string()),
      takenByHour: z.array(z.strictObject({ atMs: instant, taken: count })),
    }),
  ),
  apis: z.array(api),
  queues: z.array(z.strictObject({ name: z.string(), waiting: count, oldestAtMs: z.optional(instant) })),
  leases: z.array(
    z.strictObject({
      name: z.string(),
      isHeld: z.boolean(),
      by: z.optional(z.string()),
      endsAtMs: z.optional(instant),
    }),
  ),
  throttledByHour: z.array(z.strictObject({ atMs: instant, calls: count, throttled: count })),
  troubles: z.optional(z.array(z.string())),
});
