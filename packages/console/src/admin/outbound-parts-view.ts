/** Everything that goes out, as one page shows it: the parts as they stand now, and what was counted of them in a day. */

import type { Database } from "../database.ts";
import { type OutboundHour, outboundHours } from "../records/outbound-minutes.ts";
import { answered } from "./answering.ts";
import { inTime } from "./in-time.ts";
import type { ApiRow, OutboundView, SendingView } from "./outbound-admin.ts";
import type { OutboundApi, OutboundParts } from "./outbound-parts.ts";
import { part, sendingOf, standingOf, totalsOf } from "./outbound-parts-read.ts";

export interface OutboundViewDeps {
  readonly parts: OutboundParts;
  readonly db: Database;
  readonly now: () => number;
  /** How long each part is waited for, in milliseconds. */
  readonly patienceMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const hours = 24;

/** Asks for all parts at the same time. Rejects with AdminError `unavailable` where the database fails. */
export async function outboundView(deps: OutboundViewDeps): Promise<OutboundView> {
  const { parts, patienceMs } = deps;
  const { apis = [] } = parts;
  const nowMs = deps.now();
  const [day, standing, sending, queues, leases] = await Promise.all([
    counted(deps, nowMs),
    Promise.all(apis.map(async (api) => ({ api, stands: await standingOf(patienceMs, api) }))),
    sendingOf(patienceMs, parts),
    part(patienceMs, "Queues", parts.queues),
    part(patienceMs, "Jobs", parts.leases),
  ]);
  const own = standing.map(({ api: { name, isLimit = false }, stands }): ApiRow => {
    const queue = queueOf(parts, name);
    const totals = totalsOf(day, isLimit ? "limit" : "api", name);
    return { name, day: totals, ...(queue !== undefined && { queue }), ...stands };
  });
  const troubles = [sending, queues, leases].flatMap((one) => one.troubles);
  return {
    ...(sending.value && { sending: { ...sending.value, takenByHour: takenIn(day, nowMs) } }),
    apis: [...own, ...elsewhere(apis, day)],
    queues: queues.value ?? [],
    leases: leases.value ?? [],
    throttledByHour: throttledIn(day, nowMs),
    ...(troubles.length > 0 && { troubles }),
  };
}

/** What was counted within the last 24 hours, this minute included. One statement. */
async function counted({ db, patienceMs }: OutboundViewDeps, nowMs: number): Promise<readonly OutboundHour[]> {
  const fromMs = (Math.floor(nowMs / minuteMs) + 1) * minuteMs - hours * hourMs;
  return answered(() => inTime(patienceMs, () => outboundHours(db, fromMs)));
}

/** Calls that wait here; undefined for what this process does not call. */
function queueOf({ metrics }: OutboundParts, name: string): number | undefined {
  const known = metrics?.().apis;
  return known !== undefined && Object.hasOwn(known, name) ? known[name]?.queue : undefined;
}

/** APIs that were called, and of which the app has handed in no client: of many hosts there is one each. */
function elsewhere(apis: readonly OutboundApi[], day: readonly OutboundHour[]): readonly ApiRow[] {
  const own = new Set(apis.map(({ name }) => name));
  const called = new Set(day.filter(({ kind, name }) => kind === "api" && !own.has(name)).map(({ name }) => name));
  return [...called].sort().map((name) => ({
    ...{ name, limits: [], day: totalsOf(day, "api", name) },
    because: "It has no single limit that could be shown or held here.",
  }));
}

/** As @sluice/outbound names the limit that every mail takes a place in. */
const mailLimit = "send.hour";

function takenIn(day: readonly OutboundHour[], nowMs: number): SendingView["takenByHour"] {
  const places = day.filter(({ kind, name }) => kind === "limit" && name === mailLimit);
  return lastHours(nowMs).map((atMs) => {
    return { atMs, taken: places.find((hour) => hour.hourMs === atMs)?.calls ?? 0 };
  });
}

/** The last 24 hours by UTC, this one included. */
function lastHours(nowMs: number): readonly number[] {
  const lastMs = Math.floor(nowMs / hourMs) * hourMs;
  return Array.from({ length: hours }, (_, i) => lastMs - (hours - 1 - i) * hourMs);
}

/** Without calls, too. */
function throttledIn(day: readonly OutboundHour[], nowMs: number): OutboundView["throttledByHour"] {
  return lastHours(nowMs).map((atMs) => {
    const within = day.filter((hour) => hour.kind === "api" && hour.hourMs === atMs);
    const sum = (of: "calls" | "throttled"): number => within.reduce((all, hour) => all + hour[of], 0);
    return { atMs, calls: sum("calls"), throttled: sum("throttled") };
  });
}
