/** Reads what limiters decided. Live counts cost one question a second, however many watch. */

import type { Database } from "../database.ts";
import type { UserDirectory } from "../directory.ts";
import type { PlanLimits } from "../plans/limits.ts";
import { decisionSums, type MinuteSum, minuteSums } from "../records/decisions.ts";
import { mostDenied } from "../records/denied-keys.ts";
import { lastDenialsOf } from "../records/user-denials.ts";
import { namesOf } from "../records/user-names.ts";
import { AdminError } from "./admin-error.ts";
import { answered } from "./answering.ts";
import type { DecisionsAdmin, LiveCounts } from "./decisions-admin.ts";
import { inTime, LateError } from "./in-time.ts";
import { settledSteps } from "./settled-steps.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Steps of a series, at most. */
const mostSteps = 1_500;
/** Keys of a list, at most. */
const mostKeys = 50;
/** Live counts are asked for no more often. */
const freshMs = 1_000;
/** So long one waits for what another has asked. */
const patienceMs = 2_000;

/** What the answers need. */
export interface DecisionsAdminOptions {
  readonly db: Database;
  readonly limits: PlanLimits;
  readonly users: UserDirectory;
  readonly now: () => number;
}

export function decisionsAdmin({ db, limits, users, now }: DecisionsAdminOptions): DecisionsAdmin {
  let asked: { readonly atMs: number; readonly counts: Promise<LiveCounts> } | undefined;

  const stepped = settledSteps(async (fromMs, toMs, stepMs) => {
    const sums = await answered(() => decisionSums(db, fromMs, toMs, stepMs));
    return sums.map(({ atMs, limiter, ...counts }) => ({ atMs, limiter, counts }));
  }, now);

  const askLive = async (atMs: number): Promise<LiveCounts> => {
    const minute = Math.floor(atMs / minuteMs) * minuteMs;
    const sums = await answered(() => minuteSums(db, [minute, minute - minuteMs]));
    return {
      atMs,
      minuteMs: minute,
      limiters: passedAndRefused(sums.filter((sum) => sum.atMs === minute)),
      before: passedAndRefused(sums.filter((sum) => sum.atMs !== minute)),
    };
  };

  const userOf = (policy: string, key: string): string | undefined =>
    Object.values(limits)
      .find((limit) => limit.policy === policy)
      ?.userOf(key);

  async function live(): Promise<LiveCounts> {
    const atMs = now();
    const age = atMs - (asked?.atMs ?? Number.NEGATIVE_INFINITY);
    if (asked !== undefined && age >= 0 && age < freshMs) return await shared(asked);
    const own = { atMs, counts: askLive(atMs) };
    asked = own;
    own.counts.catch(() => forgetAsked(own));
    return await own.counts;
  }

  /** On Workers a question ends with the request that asked it, and then is never answered. */
  async function shared(question: NonNullable<typeof asked>): Promise<LiveCounts> {
    try {
      return await inTime(patienceMs, () => question.counts);
    } catch (error) {
      if (!(error instanceof LateError)) throw error;
      forgetAsked(question);
      return await live();
    }
  }

  function forgetAsked(question: typeof asked): void {
    if (asked === question) asked = undefined;
  }

  return {
    async series(fromMs, toMs, stepMs) {
      checkSteps(fromMs, toMs, stepMs);
      return await stepped(floored(fromMs), toMs, stepMs);
    },

    live,

    async deniedKeys(limit) {
      const toMs = Math.floor(now() / hourMs) * hourMs + hourMs;
      const most = Math.min(Math.max(1, Math.floor(limit) || 1), mostKeys);
      const keys = await answered(() => mostDenied(db, toMs - 24 * hourMs, toMs, most));
      const known = keys.map((key) => ({ ...key, userId: key.isPseudonym ? undefined : userOf(key.limiter, key.key) }));
      const ids = new Set(known.flatMap(({ userId }) => userId ?? []));
      const names = ids.size === 0 ? new Map<string, string>() : await answered(() => namesOf(db, users, [...ids]));
      return known.map((key) => {
        const userName = key.userId === undefined ? undefined : names.get(key.userId);
        return userName === undefined ? key : { ...key, userName };
      });
    },

    denialsOf: (userId) => answered(() => lastDenialsOf(db, userId)),
  };
}

function floored(ms: number): number {
  return Math.floor(ms / minuteMs) * minuteMs;
}

function checkSteps(fromMs: number, toMs: number, stepMs: number): void {
  const isStep = Number.isSafeInteger(stepMs) && stepMs >= minuteMs && stepMs % minuteMs === 0;
  if (!isStep) throw new AdminError("invalid", "A step of time is a number of whole minutes.", { field: "stepMs" });
  const isSpan = Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && fromMs < toMs;
  if (!isSpan) throw new AdminError("invalid", "The time begins before it ends.", { field: "fromMs" });
  if ((toMs - floored(fromMs)) / stepMs <= mostSteps) return;
  const cure = `At most ${mostSteps} steps fit into one answer: ask for longer steps, or for less time.`;
  throw new AdminError("invalid", cure, { field: "stepMs" });
}

/** A limiter whose backend failed let pass or refused, too. */
function passedAndRefused(sums: readonly MinuteSum[]): LiveCounts["limiters"] {
  const all = new Map<string, { allowed: number; denied: number }>();
  for (const { limiter, outcome, count } of sums) {
    const counts = all.get(limiter) ?? { allowed: 0, denied: 0 };
    all.set(limiter, counts);
    counts[outcome === "allowed" || outcome === "open" ? "allowed" : "denied"] += count;
  }
  return Object.fromEntries(all);
}
