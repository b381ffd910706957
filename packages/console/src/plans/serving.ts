/** What the backend makes of a number: enforced as it is, served by a lower ratelimit binding, or not at all. */

import { type Backend, type Policy, policy } from "@sluice/core";
import type { PlanLimit } from "./limits.ts";
import type { Units } from "./plan.ts";

/** What becomes of a number that is not enforced as it is. */
export interface Served {
  /** Whether something near it is enforced in its place; else requests cannot be decided by it at all. */
  readonly isServed: boolean;
  /** For people: what is enforced instead, or why it cannot be, with the cure. */
  readonly words: string;
}

/** What ratelimit bindings tell beside a backend's own: the one that serves a policy. */
interface Bindings {
  serving(policy: Policy): { readonly name: string; readonly limit: number; readonly period: number } | undefined;
}

/** What the backend makes of so many units of a limit: undefined where they are enforced, and without a backend to know better. */
export function served(backend: Backend | undefined, limit: PlanLimit, units: Units): Served | undefined {
  // Both are decided before any backend is asked.
  if (backend === undefined || units === "unlimited" || units === 0) return undefined;
  const asked = policy(limit.policy, limit.rate(units));
  const reason = backend.supports(asked);
  if (reason !== undefined) return { isServed: false, words: refusal(backend, units, reason) };
  if (!isBindings(backend)) return undefined;
  const binding = backend.serving(asked);
  // Only tiers are ever lower: a ceiling above a policy does not decide for it.
  if (binding === undefined || binding.limit >= units) return undefined;
  const words = `${binding.name}: ${binding.limit} per ${binding.period} s, the next lower one`;
  return { isServed: true, words };
}

function refusal(backend: Backend, units: number, reason: string): string {
  // The lines carry an example: which ids are taken is known to the account alone.
  const own = reason.includes('"namespace_id"')
    ? " The namespace_id is yours to choose: any number as text that no other limit of the account has."
    : "";
  return `The backend ${backend.name} cannot enforce ${units}: ${reason}.${own}`;
}

function isBindings(backend: Backend): backend is Backend & Bindings {
  return typeof (backend as Partial<Bindings>).serving === "function";
}
