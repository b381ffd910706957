/** How something stood before an administrator changed it, as the audit log keeps it. */

import type { OutboundApi, OutboundParts } from "./outbound-parts.ts";

/** A hold as a line has it; undefined where nothing was held. */
export interface HeldBefore {
  readonly reason: string;
  readonly untilMs: number | null;
}

type Pause = { readonly reason: string; readonly untilMs?: number | undefined } | undefined;

/** All sending. */
export async function sendingBefore(quota: NonNullable<OutboundParts["quota"]>): Promise<HeldBefore | undefined> {
  return heldAs((await quota.usage([])).paused);
}

/** One inbox. Rejects for one whose data is wrong: nothing is known of it. */
export async function inboxBefore({ quota, inboxes }: OutboundParts, id: string): Promise<HeldBefore | undefined> {
  const found = (await inboxes?.())?.find(({ inbox, mistake }) => inbox.id === id && mistake === undefined);
  if (found === undefined) throw new Error("It cannot be asked about.");
  return heldAs((await quota?.usage([found.inbox]))?.inboxes[0]?.paused);
}

/** Calls to one API, or places of one limit. */
export async function apiBefore(api: OutboundApi): Promise<HeldBefore | undefined> {
  return heldAs((await api.state()).limits.find(({ paused }) => paused !== undefined)?.paused);
}

/** A breaker: closed, or open and why. */
export async function breakerBefore(api: OutboundApi): Promise<object | undefined> {
  const { breaker } = await api.state();
  return breaker && { phase: breaker.phase, ...(breaker.reason !== undefined && { reason: breaker.reason }) };
}

function heldAs(pause: Pause): HeldBefore | undefined {
  return pause && { reason: pause.reason, untilMs: pause.untilMs ?? null };
}
