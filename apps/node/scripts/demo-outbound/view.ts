/** Everything that is shown of one moment, gathered from those who know it. */

import type { EmailState } from "@sluice/feeds/schema";
import type { ClientState, LimitState, SendUsage } from "@sluice/outbound";
import { clockOf } from "../demo/calendar.ts";
import { services } from "./offer.ts";
import type { ServiceName } from "./world.ts";

/** One API as its client sees it. */
export interface ApiView {
  readonly service: ServiceName;
  readonly state: ClientState;
  /** How many requests the service has had. */
  readonly calls: number;
}

export interface View {
  readonly nowMs: number;
  readonly speed: number;
  readonly apis: readonly ApiView[];
  /** The limit over all of them. */
  readonly enrichment: LimitState | undefined;
  readonly usage: SendUsage;
  /** How many prospects come in all, and how many of those that have come are how far. */
  readonly expected: number;
  readonly prospects: Readonly<Record<EmailState, number>>;
  /** How many mails there will be, and how many have been written and sent. */
  readonly mails: { readonly expected: number; readonly written: number; readonly sent: number };
  /** How many the SMTP server has taken. */
  readonly accepted: number;
  /** Until when a run that was killed keeps the jobs; undefined once they are ours. */
  readonly heldUntilMs: number | undefined;
}

/** How many prospects have come to an end. */
export function done({ prospects }: View): number {
  const { pending: _, ...ended } = prospects;
  return Object.values(ended).reduce((sum, count) => sum + count, 0);
}

export function listed(view: View): number {
  return done(view) + view.prospects.pending;
}

/** How an API stands, in a few words: what holds it comes first. */
export function standingText({ service, state }: ApiView): string {
  const { breaker, tuned, limits } = state;
  const until = (ms: number | undefined): string => (ms === undefined ? "" : ` until ${clockOf(ms)}`);
  if (breaker !== undefined && breaker.phase === "open") return `breaker open${until(breaker.untilMs)}`;
  if (breaker !== undefined && breaker.phase !== "closed") return `breaker ${breaker.phase}`;
  const [own] = limits;
  if (own?.paused !== undefined) return `paused${until(own.paused.untilMs)}`;
  if (own?.rampLeftMs !== undefined) return "coming back slowly";
  const { limit } = services[service];
  return tuned.limit < limit ? `kept to ${Math.floor(tuned.limit)} for now` : "";
}

/** Whether anything holds it. */
export function isHeld({ state: { breaker, limits } }: ApiView): boolean {
  return (breaker !== undefined && breaker.phase !== "closed") || limits[0]?.paused !== undefined;
}

/** What goes on, in a few words. */
export function nowText(view: View): string {
  const { heldUntilMs, mails, prospects, expected, enrichment } = view;
  if (heldUntilMs !== undefined) {
    return `waits for the lease of the run before, which ends at ${clockOf(heldUntilMs)}`;
  }
  if (listed(view) === expected && prospects.pending === 0) {
    return mails.sent === mails.expected
      ? "everything is done"
      : "every prospect is found; mails wait for their limits";
  }
  if (prospects.pending === 0) return "waits for the next list of prospects";
  if ((enrichment?.remaining ?? 1) < 1) return `${enrichment?.limit} calls within an hour: the rest waits`;
  return "looks prospects up, every five minutes";
}
