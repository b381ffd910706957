/** How everything stands that goes out, asked for at the same time and not for long: what does not answer is said, and holds up nothing. */

import { isConfigError, isSluiceError } from "@sluice/core";
import type { OutboundHour } from "../records/outbound-minutes.ts";
import { inTime } from "./in-time.ts";
import type { ApiRow, ApiTotals, InboxRow, SendingView } from "./outbound-admin.ts";
import type { OutboundApi, OutboundInbox, OutboundParts } from "./outbound-parts.ts";
import { curveOf } from "./outbound-parts-curve.ts";

/** A part as it was answered, or why it is missing. */
export interface Read<T> {
  readonly value: T | undefined;
  readonly troubles: readonly string[];
}

/** Asks for one part; never rejects. `what` begins a sentence: "Queues". */
export async function part<T>(ms: number, what: string, ask: (() => Promise<T>) | undefined): Promise<Read<T>> {
  if (ask === undefined) return { value: undefined, troubles: [] };
  try {
    return { value: await inTime(ms, ask), troubles: [] };
  } catch (error) {
    return { value: undefined, troubles: [`${what} cannot be told now: ${reasonOf(error)}`] };
  }
}

/** Mail against its limits, but for what was counted of it. */
type SendingNow = Omit<SendingView, "takenByHour">;

/** Mail as it stands; an inbox whose data is wrong is left out, and said. */
export async function sendingOf(ms: number, parts: OutboundParts): Promise<Read<SendingNow>> {
  const { quota, inboxes, perInbox, mailWaits } = parts;
  if (quota === undefined) return { value: undefined, troubles: [] };
  const kept = await part(ms, "The list of inboxes", inboxes);
  const all = kept.value ?? [];
  const sound = all.filter(({ mistake }) => mistake === undefined);
  const mistaken = all.flatMap(({ inbox, mistake }) => {
    return mistake === undefined ? [] : [`The inbox ${inbox.id} sends nothing: ${mistake}`];
  });
  const usage = await part(ms, "Mail against its limits", () => quota.usage(sound.map(({ inbox }) => inbox)));
  const troubles = [...kept.troubles, ...mistaken, ...usage.troubles];
  if (usage.value === undefined) return { value: undefined, troubles };
  const rows = usage.value.inboxes.flatMap((used, i): readonly InboxRow[] => {
    const known: OutboundInbox | undefined = sound[i];
    if (known === undefined) return [];
    const { address, heldReason, inbox } = known;
    return [{ ...used, address, curve: curveOf(inbox, perInbox), ...(heldReason !== undefined && { heldReason }) }];
  });
  return { value: { ...usage.value, inboxes: rows, ...(mailWaits !== undefined && { waits: mailWaits }) }, troubles };
}

/** How one API or limit stands. */
export async function standingOf(ms: number, api: OutboundApi): Promise<Omit<ApiRow, "name" | "day" | "queue">> {
  try {
    const { limits, tuned, breaker } = await inTime(ms, () => api.state());
    return { limits, ...(tuned && { tuned }), ...(breaker && { breaker }) };
  } catch (error) {
    return { limits: [], because: reasonOf(error) };
  }
}

/** What was counted of one name, over all hours. */
export function totalsOf(hours: readonly OutboundHour[], kind: OutboundHour["kind"], of: string): ApiTotals {
  const sum = { calls: 0, retries: 0, throttled: 0, failures: 0, answers: 0, latencyMs: 0, waits: 0, waitMs: 0 };
  for (const hour of hours) {
    if (hour.kind !== kind || hour.name !== of) continue;
    for (const count of Object.keys(sum) as (keyof typeof sum)[]) sum[count] += hour[count];
  }
  const { answers, latencyMs, waits, waitMs, throttled, ...totals } = sum;
  return {
    ...totals,
    // A limit of our own that gives no place has met no 429.
    throttled: kind === "api" ? throttled : 0,
    ...(answers > 0 && { meanLatencyMs: latencyMs / answers }),
    ...(waits > 0 && { meanWaitMs: waitMs / waits }),
  };
}

/** A sentence without what a runtime's own words may hold: addresses with keys in them. */
export function reasonOf(error: unknown): string {
  if (isConfigError(error)) return error.message;
  return isSluiceError(error)
    ? `the backend does not answer (${error.code}).`
    : "no answer came in time, or none at all.";
}
