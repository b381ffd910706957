/** What the demo is about: lists of prospects that come in over two days, what each service allows, and who may send how much. */

import type { WarmupPlan } from "@sluice/feeds/schema";
import { everybody, type Prospect, type ServiceName } from "./world.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Tuesday noon. */
export const startMs: number = Date.UTC(2027, 4, 11, 12);
export const timeZone = "UTC";

/** Fifty prospects every three hours. */
export const perList = 50;
const listEveryMs = 3 * hourMs;

/**
 * How far the clock goes in one turn of the event loop, by itself: less while anything goes on, since a call takes some turns. What
 * it costs the machine costs the demo next to nothing so, and the services are called as fast as they would be in life.
 */
export const mostAtOnceMs = { working: 100, idle: 10_000 } as const;

/**
 * How late a call may reach its service, by the demo's clock: timers are late, and so are round trips. Every window is counted so
 * much longer, at every speed alike, since the next run goes on with the counts of this one.
 */
export const toleranceMs: number = 2 * minuteMs;
/** The same for mails, which take more turns. */
export const mailToleranceMs: number = 5 * minuteMs;

export interface ServiceOffer {
  readonly limit: number;
  readonly windowMs: number;
  /** How the limit is called, for people. */
  readonly per: string;
  /** How long it takes for an answer. */
  readonly latencyMs: number;
  /** What it answers to those whom it turns away on its own account, though they have kept its limit. */
  readonly throttles: number;
}

/** The services as they are known to behave. */
export const services: Readonly<Record<ServiceName, ServiceOffer>> = {
  search: { limit: 30, windowMs: minuteMs, per: "a minute", latencyMs: 150, throttles: 202 },
  grok: { limit: 60, windowMs: minuteMs, per: "a minute", latencyMs: 600, throttles: 429 },
  millionVerifier: { limit: 100, windowMs: minuteMs, per: "a minute", latencyMs: 300, throttles: 429 },
  supabase: { limit: 1_000, windowMs: 1_000, per: "a second", latencyMs: 20, throttles: 429 },
};

/** Whoever is refused three times within a minute is shut out for six hours. */
export const ban = { after: 3, withinMs: minuteMs, forMs: 6 * hourMs } as const;
/** One request in twenty fails, one in eighty is turned away for three minutes. */
export const failing = { every: 20, throttlesEvery: 80, retryAfterS: 180 } as const;

/** All of them together, as the product keeps it. */
export const callsPerHour = 100;

/** The service that goes down for an hour when the last list has come. */
export const failingService: ServiceName = "grok";

export function outage(prospects: number): { readonly fromMs: number; readonly untilMs: number } {
  const fromMs = listedAtMs(prospects);
  return { fromMs, untilMs: fromMs + hourMs };
}

/** When the n-th prospect is put on the list, from 1. */
export function listedAtMs(n: number): number {
  return startMs + Math.floor((n - 1) / perList) * listEveryMs;
}

/** Nothing takes so long, whatever goes wrong: then the demo ends with what there is. */
export function latestEndMs(prospects: number): number {
  return listedAtMs(prospects) + 24 * hourMs;
}

export const sendLimits = { perHour: 20, perDay: 80, perInbox: 20 } as const;
export const mostMails = 80;

/** Who gets a mail: the first eighty whose address is good. */
export function addressees(prospects: number): readonly Prospect[] {
  return everybody(prospects)
    .filter(({ ends }) => ends === "valid")
    .slice(0, mostMails);
}

/** Four inboxes at their first, second, third and fourth day of the same warm-up: 5, 10, 15, 20, and 20 from then on. */
const warmup: WarmupPlan = { kind: "linear", start: 5, step: 5, target: sendLimits.perInbox };
export const inboxRows = ["ada", "ben", "cleo", "dora"].map((name, activeDays) => ({
  id: name,
  address: `${name}@lantern.example`,
  transport: "smtp",
  timeZone,
  warmup,
  warmupStartMs: startMs - 7 * 24 * hourMs,
  activeDays,
  lastActiveDate: activeDays === 0 ? null : "2027-05-10",
  createdAtMs: startMs,
}));
