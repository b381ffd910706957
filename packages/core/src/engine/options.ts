/** How every factory checks what it is told: unknown names, wrong kinds and gaps are mistakes, named when they are made. */

import type { Backend } from "./backend.ts";
import { ConfigError } from "./errors.ts";

/** A test that a value has to pass, and what it expects, in words. Absent options are not tested. */
export type Rule = readonly [passes: (value: never) => boolean, expected: string];

/** Rules by option: every option a factory knows. */
export type Rules = Readonly<Record<string, Rule>>;

/** The rule of an option that its factory checks itself. */
export const checkedLater: Rule = [() => true, "a value"];
export const aBoolean: Rule = [(value: unknown) => typeof value === "boolean", "true or false"];
export const aCount: Rule = [(value: number) => Number.isSafeInteger(value) && value > 0, "a whole number above 0"];
export const aClock: Rule = [
  (clock: { now?: unknown } | null) => typeof clock?.now === "function",
  "a clock with now()",
];

export const aBackend: Rule = [isBackend, 'a backend such as memory() of "@sluice/core/memory"'];

/** Whether this can decide: a factory that was not called cannot. */
export function isBackend(value: unknown): value is Backend {
  const backend = value as Partial<Backend> | null | undefined;
  return typeof backend?.consume === "function" && typeof backend.supports === "function";
}

/** The rule that a value is a function, said as what it is a function of. */
export function aFunction(expected = "a function"): Rule {
  return [(value: unknown) => typeof value === "function", expected];
}

/** The rule that a value is one of these. */
export function oneOf(...values: readonly string[]): Rule {
  return [(value: string) => values.includes(value), values.map((value) => JSON.stringify(value)).join(" or ")];
}

/**
 * Checks options by their rules.
 *
 * @throws ConfigError `SLUICE_OPTION_UNKNOWN`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_MISSING`.
 */
export function checkOptions(factory: string, options: unknown, rules: Rules, needed: readonly string[] = []): void {
  // Put into words only where it is needed: rates are made on requests, too.
  const known = (): string => `Known are ${Object.keys(rules).join(", ")}.`;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const code = options === undefined ? "SLUICE_OPTION_MISSING" : "SLUICE_OPTION_TYPE";
    throw new ConfigError(code, `${factory} takes an object of options`, options, known());
  }
  const given = options as Readonly<Record<string, unknown>>;
  for (const option of Object.keys(given)) {
    if (Object.hasOwn(rules, option)) continue;
    throw new ConfigError("SLUICE_OPTION_UNKNOWN", `${factory} has no such option`, option, known());
  }
  for (const [option, [passes, expected]] of Object.entries(rules)) {
    const value = given[option];
    if (value === undefined ? !needed.includes(option) : passes(value as never)) continue;
    const code = value === undefined ? "SLUICE_OPTION_MISSING" : "SLUICE_OPTION_TYPE";
    const cure = needed.includes(option) ? `Give ${factory} one.` : "Correct it, or leave it out.";
    throw new ConfigError(code, `${option} of ${factory} has to be ${expected}`, value, cure);
  }
}
