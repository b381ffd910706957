/** A plan as the fields of its form, both ways. */

import type { PlanLimits } from "../plans/limits.ts";
import type { Plan, PlanDraft, Units } from "../plans/plan.ts";
import type { Served } from "../plans/serving.ts";
import { centsTyped, type Typed, unitsAsTyped, unitsTyped } from "./form-values.ts";

/** The fields of a plan that is kept. */
export function planAsTyped(plan: Plan): Typed {
  return {
    name: plan.name,
    priceCents: priceWords(plan.priceCents),
    features: plan.features.join("\n"),
    version: String(plan.version),
    ...Object.assign({}, ...Object.entries(plan.limits).map(([name, units]) => unitsAsTyped(`limits.${name}`, units))),
  };
}

/** Rejects with AdminError `invalid` and the field. */
export function planTyped(typed: Typed, limits: PlanLimits): PlanDraft {
  return {
    name: typed["name"] ?? "",
    limits: limitsTyped(typed, limits),
    priceCents: centsTyped(typed, "priceCents"),
    features: (typed["features"] ?? "")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  };
}

export function limitsTyped(typed: Typed, limits: PlanLimits): Readonly<Record<string, Units>> {
  return Object.fromEntries(Object.keys(limits).map((name) => [name, unitsTyped(typed, `limits.${name}`)]));
}

/** `1050` is 10.50. Which currency is the app's to know. */
export function priceWords(cents: number): string {
  return (cents / 100).toFixed(2);
}

/** A binding's name and numbers, or the sentence of a refusal. */
export function servedWords({ isServed, words }: Served): string {
  return isServed ? `served by ${words}` : words;
}
