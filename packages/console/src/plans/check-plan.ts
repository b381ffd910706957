/** Whether what somebody typed makes sense as a plan or an override; of an object only the fields of a draft are taken. */

import { isConfigError, policy } from "@sluice/core";
import type { PlanLimits } from "./limits.ts";
import type { PlanDraft, Units } from "./plan.ts";

/** The field that makes no sense, and why, in a sentence. */
export class DraftError extends Error {
  override readonly name = "DraftError";
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** The largest number of units a plan or an override can say. */
export const mostUnits = 1_000_000_000;

const mostCents = 1_000_000_000;
const mostFeatures = 50;
const control = /\p{Cc}/u;
/** Notes may have lines of their own. */
const controlButLines = /[^\P{Cc}\n\r\t]/u;

/** @throws DraftError unless it is 1 to 40 lower case letters, digits and hyphens, the first no hyphen. */
export function checkedPlanId(id: unknown): string {
  if (typeof id === "string" && /^[a-z0-9][a-z0-9-]{0,39}$/.test(id)) return id;
  throw new DraftError(
    "id",
    "An id is 1 to 40 lower case letters, digits and hyphens, such as free; the first is no hyphen.",
  );
}

/** @throws DraftError naming the first field that makes no sense. */
export function checkedPlan(draft: unknown, limits: PlanLimits): PlanDraft {
  const { name, priceCents, features, limits: units } = fieldsOf("", draft);
  return {
    name: checkedText("name", name, 100),
    limits: checkedLimits(units, limits),
    priceCents: checkedWhole("priceCents", priceCents, mostCents, "cents"),
    features: checkedFeatures(features),
  };
}

/** Units of every limit, and of no other. @throws DraftError with a field such as `limits.api`. */
export function checkedLimits(units: unknown, limits: PlanLimits): Readonly<Record<string, Units>> {
  const given = fieldsOf("limits", units);
  const strange = Object.keys(given).find((name) => !Object.hasOwn(limits, name));
  if (strange !== undefined) throw noLimit(`limits.${strange.slice(0, 60)}`, limits);
  const names = Object.keys(limits);
  return Object.fromEntries(
    names.map((name) => [
      name,
      checkedUnits(`limits.${name}`, Object.hasOwn(given, name) ? given[name] : undefined, limits, name),
    ]),
  );
}

/** What an override says, all but its limit. @throws DraftError */
export function checkedOverride(
  draft: unknown,
  limits: PlanLimits,
  limit: string,
  nowMs: number,
): { readonly units: Units; readonly note: string; readonly expiresAtMs: number | undefined } {
  if (!Object.hasOwn(limits, limit)) throw noLimit("limit", limits);
  const { units, note, expiresAtMs } = fieldsOf("", draft);
  return {
    units: checkedUnits("units", units, limits, limit),
    note: checkedNote("note", note),
    expiresAtMs:
      expiresAtMs === undefined || expiresAtMs === null ? undefined : checkedEnd("expiresAtMs", expiresAtMs, nowMs),
  };
}

/** 1 to 500 characters, lines allowed. @throws DraftError */
export function checkedNote(field: string, note: unknown): string {
  const text = typeof note === "string" ? note.trim() : "";
  checkCharacters(field, text);
  if (text !== "" && text.length <= 500 && !controlButLines.test(text)) return text;
  const problem = text.length > 500 ? `This one has ${text.length}.` : "Say why, for whoever reviews it.";
  throw new DraftError(field, `A note has 1 to 500 characters. ${problem}`);
}

/** An instant in the future. @throws DraftError */
export function checkedEnd(field: string, endMs: unknown, nowMs: number): number {
  // The largest instant that a date can be.
  if (typeof endMs === "number" && Number.isInteger(endMs) && endMs > nowMs && endMs <= 8_640_000_000_000_000)
    return endMs;
  throw new DraftError(field, "The end is an instant in the future.");
}

function checkedUnits(field: string, units: unknown, limits: PlanLimits, name: string): Units {
  if (units === "unlimited") return units;
  if (typeof units !== "number" || !Number.isInteger(units) || units < 0 || units > mostUnits) {
    throw new DraftError(field, "A limit is a whole number from 0 to 1,000,000,000, or unlimited. 0 forbids.");
  }
  try {
    const limit = limits[name];
    if (limit !== undefined) policy(limit.policy, limit.rate(units));
  } catch (error) {
    if (!isConfigError(error)) throw error;
    throw new DraftError(field, `This limit cannot count ${units} units. ${error.cure}`);
  }
  return Object.is(units, -0) ? 0 : units;
}

function checkedFeatures(features: unknown): readonly string[] {
  if (Array.isArray(features) && features.length <= mostFeatures) {
    return features.map((feature, i) => checkedText(`features.${i}`, feature, 200));
  }
  throw new DraftError("features", `Features are a list of at most ${mostFeatures} lines.`);
}

function checkedText(field: string, text: unknown, most: number): string {
  const trimmed = typeof text === "string" ? text.trim() : "";
  checkCharacters(field, trimmed);
  if (trimmed !== "" && trimmed.length <= most && !control.test(trimmed)) return trimmed;
  throw new DraftError(field, `It is one line of 1 to ${most} characters.`);
}

/** Half of a pair of surrogates is no text: a database would keep another character in its place. */
function checkCharacters(field: string, text: string): void {
  if (!text.isWellFormed()) throw new DraftError(field, "It has half of a character in it. Write it anew.");
}

function checkedWhole(field: string, value: unknown, most: number, what: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value + 0;
  throw new DraftError(field, `It is a whole number of ${what}, at least 0 and at most ${most}.`);
}

function fieldsOf(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DraftError(field, "Fields are expected here.");
}

function noLimit(field: string, limits: PlanLimits): DraftError {
  return new DraftError(field, `There is no limit of this name. There are ${Object.keys(limits).join(", ")}.`);
}
