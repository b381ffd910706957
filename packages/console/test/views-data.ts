/** What views are shown in tests: every kind of row, with the same text wherever a text can be. */

import { perMinute } from "@sluice/core";
import type { FeedAccessRow } from "../src/admin/feeds-admin.ts";
import type { ApiRow, InboxRow, OutboundView } from "../src/admin/outbound-admin.ts";
import type { PlanRow } from "../src/admin/plans-admin.ts";
import type { UserDetail } from "../src/admin/users-admin.ts";
import type { UsageData } from "../src/pages/usage.tsx";
import type { PlanLimits } from "../src/plans/limits.ts";

export const nowMs = Date.UTC(2026, 10, 22, 17, 0);
const hourMs = 3_600_000;

export function limits(text: string): PlanLimits {
  return {
    api: {
      label: text,
      policy: "api",
      unit: text,
      rate: (units) => perMinute(units),
      counter: (userId) => ({ key: `api:${userId}`, shard: userId }),
      userOf: (key) => key.replace(/^api:/, ""),
    },
  };
}

export function plan(text: string): PlanRow {
  return {
    id: text,
    name: text,
    limits: { api: 60 },
    priceCents: 990,
    features: [text],
    version: 3,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    users: 2,
    servedBy: { api: { isServed: false, words: text } },
  };
}

export function user(text: string): UserDetail & { readonly blocked: NonNullable<UserDetail["blocked"]> } {
  return {
    id: text,
    name: text,
    plan: text,
    isPlanKnown: true,
    overrides: [
      {
        limit: "api",
        units: "unlimited",
        note: text,
        grantedBy: text,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + hourMs,
        isExpired: false,
        reviewedAtMs: nowMs,
        reviewedBy: text,
        version: 1,
      },
    ],
    blocked: { untilMs: nowMs + hourMs, note: text, by: text },
    limits: { api: { units: 0, from: "block" } },
  };
}

export function accessRow(text: string): FeedAccessRow {
  return {
    id: 7,
    atMs: nowMs,
    feedId: text,
    feedTitle: text,
    ownerId: text,
    ownerName: text,
    address: text,
    isPseudonym: true,
    userAgent: text,
    status: 200,
    decision: text,
  };
}

const pause = (text: string) => ({ reason: text, by: text, sinceMs: nowMs - hourMs, untilMs: nowMs + hourMs });

export function inboxRow(text: string): InboxRow {
  return {
    id: text,
    address: text,
    date: "2026-11-22",
    limit: 20,
    used: 12,
    remaining: 8,
    resetAfterMs: hourMs,
    warmupDay: 3,
    held: true,
    heldReason: text,
    canSend: false,
    paused: pause(text),
    curve: [5, 10, 20],
  };
}

export function apiRow(text: string): ApiRow {
  return {
    name: text,
    limits: [
      {
        name: text,
        key: text,
        limit: 10,
        used: 4,
        remaining: 6,
        resetAfterMs: 500,
        paused: pause(text),
        rampLeftMs: 900,
      },
    ],
    tuned: { limit: 8, configured: 10, changedMs: nowMs - hourMs },
    breaker: {
      name: text,
      phase: "half-open",
      generation: 2,
      sinceMs: nowMs - hourMs,
      untilMs: nowMs,
      reason: text,
      by: text,
      calls: 10,
      failures: 6,
      isShared: false,
    },
    queue: 3,
    day: { calls: 100, retries: 3, throttled: 2, failures: 6, meanLatencyMs: 120, meanWaitMs: 1_500 },
    because: text,
  };
}

export function outbound(text: string): OutboundView & { readonly sending: NonNullable<OutboundView["sending"]> } {
  const used = { limit: 100, used: 40, remaining: 60, resetAfterMs: hourMs };
  return {
    sending: {
      hour: used,
      day: used,
      paused: pause(text),
      inboxes: [inboxRow(text)],
      waits: text,
      takenByHour: [{ atMs: nowMs, taken: 3 }],
    },
    apis: [apiRow(text), { name: text, limits: [], day: apiRow(text).day, because: text }],
    queues: [{ name: text, waiting: 4, oldestAtMs: nowMs }],
    leases: [{ name: text, isHeld: true, by: text, endsAtMs: nowMs }],
    throttledByHour: [{ atMs: nowMs, calls: 10, throttled: 2 }],
    troubles: [text],
  };
}

export function usage(text: string): Omit<UsageData, "frame"> {
  return {
    standings: [
      { title: text, limiters: [text], isEnabled: false, because: text, backend: text, scope: "global", exact: true },
    ],
    name: text,
    plan: { name: text, features: [text] },
    limits: limits(text),
    holding: { api: { units: 90, isCustom: true, expiresAtMs: nowMs + hourMs } },
    quota: [{ limit: "api", units: 90, used: 30, remaining: 60, resetAfterMs: 20_000 }],
    blockedUntilMs: nowMs + hourMs,
    feeds: [{ feedId: text, title: text, reads: 3, denied: 1 }],
    logout: "/logout",
  };
}
