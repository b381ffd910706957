/** Quotas as the backend has them: read in one trip, never charged, and no number where it knows none. */

import { type Backend, isSluiceError, policy } from "@sluice/core";
import { type Decision, type Identity, largestCost } from "@sluice/core/engine";
import type { PlanLimits } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import { AdminError } from "./admin-error.ts";
import type { AuditAdmin } from "./audit-admin.ts";
import { written } from "./done.ts";
import { inTime, LateError } from "./in-time.ts";
import type { QuotaAdmin, QuotaRow } from "./quota-admin.ts";
import type { UserDetail } from "./users-admin.ts";

export interface QuotaAdminDeps {
  /** The one that the limiters are asked of. */
  readonly backend: Backend;
  readonly limits: PlanLimits;
  /** What holds for a user now, by the limit's name. Rejects for one there is not. */
  readonly unitsOf: (userId: string) => Promise<Readonly<Record<string, Units>>>;
  readonly audit: Pick<AuditAdmin, "add">;
  /** How long the backend is waited for, in milliseconds. @default 1_000 */
  readonly patienceMs?: number | undefined;
}

/** Makes it; nothing happens before somebody asks. */
export function quotaAdmin(deps: QuotaAdminDeps): QuotaAdmin {
  const { backend, limits, unitsOf, audit, patienceMs = 1_000 } = deps;
  const cannotReset = backend.reset === undefined ? resetless(backend) : undefined;

  async function rows(userId: string, units: Readonly<Record<string, Units>>): Promise<readonly QuotaRow[]> {
    const asked = Object.keys(limits).flatMap((name) => {
      const holds = units[name];
      return holds === undefined ? [] : [{ name, units: holds, why: unasked(name, holds) }];
    });
    const counted = asked.filter(({ why }) => why === undefined);
    const charges = counted.map(({ name, units: holds }) => ({ ...counterOf(userId, name, holds as number), cost: 0 }));
    let decisions: readonly Decision[] = [];
    let failure: string | undefined;
    try {
      if (charges.length > 0) ({ decisions } = await inTime(patienceMs, () => backend.consume(charges)));
    } catch (error) {
      failure = failureOf(backend, error);
    }
    const byName = new Map(counted.map(({ name }, i) => [name, decisions[i]]));
    return asked.map(({ name, units: holds, why }): QuotaRow => {
      const row = { limit: name, units: holds };
      // That nothing is left of nothing is no news from a backend.
      if (holds === 0) return { ...row, remaining: 0, because: why };
      if (why !== undefined || failure !== undefined) return { ...row, because: why ?? failure };
      return { ...row, ...numbersOf(byName.get(name), backend) };
    });
  }

  /** Why the backend is not asked about a limit. */
  function unasked(name: string, units: Units): string | undefined {
    if (units === "unlimited") return "It has no limit, so nothing is counted.";
    if (units === 0) return "The limit is 0: everything is refused before anything is counted.";
    if (backend.features.scope === "none") return `Limits are off: the backend ${backend.name} counts nothing.`;
    if (!backend.features.remaining) return `The backend ${backend.name} knows only yes and no, not how much is used.`;
    const reason = backend.supports(policyOf(name, units));
    return reason === undefined ? undefined : `The backend ${backend.name} cannot serve it: ${reason}`;
  }

  function policyOf(name: string, units: number) {
    const limit = limitOf(name);
    return policy(limit.policy, limit.rate(units));
  }

  function counterOf(userId: string, name: string, units: number): Identity {
    return { policy: policyOf(name, units), ...limitOf(name).counter(userId) };
  }

  function limitOf(name: string) {
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (limit !== undefined) return limit;
    const known = Object.keys(limits).join(", ");
    throw new AdminError("unknown", `There is no limit of this name; there are ${known}.`, { field: "limit" });
  }

  return {
    cannotReset,

    read: async (userId, holding) => rows(userId, holding === undefined ? await unitsOf(userId) : unitsIn(holding)),

    async reset(userId, name, by) {
      limitOf(name);
      const units = await unitsOf(userId);
      const { reset } = backend;
      if (reset === undefined) throw new AdminError("unsupported", resetless(backend));
      const holds = units[name] ?? "unlimited";
      const [before] = await rows(userId, { [name]: holds });
      // The number is no part of a counter's name, so that also one with a limit of 0, or without any, is made whole.
      const counter = counterOf(userId, name, holds === "unlimited" || holds === 0 ? 1 : holds);
      try {
        await inTime(patienceMs, () => reset.call(backend, counter));
      } catch (error) {
        const message = `${failureOf(backend, error)} The counter may be as it was: look before you repeat it.`;
        throw new AdminError("unavailable", message, { cause: error });
      }
      const was = before?.used === undefined ? undefined : { limit: name, used: before.used };
      await written(audit, {
        ...{ who: by, action: "quota.reset", subject: userId },
        before: was,
        after: { limit: name, used: 0 },
      });
    },
  };
}

/** The numbers that hold, wherever each comes from. */
export function unitsIn(holding: UserDetail["limits"]): Readonly<Record<string, Units>> {
  return Object.fromEntries(Object.entries(holding).map(([name, { units }]) => [name, units]));
}

/** Numbers as far as they are there, and first-hand. */
function numbersOf(decision: Decision | undefined, backend: Backend): Partial<QuotaRow> {
  const { policy: of, remaining, resetAfterMs, via } = decision ?? {};
  if (via === "open" || via === "closed" || via === "fallback") return { because: unanswered(backend) };
  if (of === undefined || remaining === undefined) return { because: `The backend ${backend.name} told no number.` };
  // Backends count in hundredths.
  const used = Math.max(0, Math.round((largestCost(of) - remaining) * 100) / 100);
  return { used, remaining, ...(resetAfterMs !== undefined && { resetAfterMs }) };
}

function resetless({ name, features }: Backend): string {
  const why = features.scope === "none" ? "counts nothing" : "cannot forget one counter";
  return `The backend ${name} ${why}, so there is nothing to reset.`;
}

function unanswered({ name }: Backend): string {
  return `The backend ${name} does not answer.`;
}

function failureOf(backend: Backend, error: unknown): string {
  if (error instanceof LateError || !isSluiceError(error)) return unanswered(backend);
  return `The backend ${backend.name} does not answer (${error.code}).`;
}
