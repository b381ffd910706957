/** How every factory checks what it is told: unknown names and wrong kinds are mistakes, named when they are made. */

import { ConfigError } from "./errors.ts";

/** A test that a value has to pass, and what it expects, in words. Absent options are not tested. */
export type Rule = readonly [passes: (value: never) => boolean, expected: string];

/** Rules by option: every option a factory knows. */
export type Rules = Readonly<Record<string, Rule>>;

/** Common rules. */
export const aFunction: Rule = [(value: unknown) => typeof value === "function", "a function"];
export const aBoolean: Rule = [(value: unknown) => typeof value === "boolean", "true or false"];
export const aCount: Rule = [(value: number) => Number.isSafeInteger(value) && value > 0, "a whole number above 0"];
export const anything: Rule = [() => true, ""];

/** The rule that a value is one of these. */
export function oneOf(...values: readonly string[]): Rule {
  return [(value: string) => values.includes(value), values.join(" or ")];
}

/** @throws ConfigError `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_TYPE` naming the first option that breaks its rule. */
export function checkOptions(factory: string, options: object, rules: Rules): void {
  for (const [option, value] of Object.entries(options)) {
    const [passes, expected] = rules[option] ?? [];
    if (passes === undefined) {
      const cure = `Known are ${Object.keys(rules).join(", ")}.`;
      throw new ConfigError("SLUICE_OPTION_UNKNOWN", `${factory} has no such option`, option, cure);
    }
    if (value !== undefined && !passes(value as never)) {
      const cure = `Give it ${expected}.`;
      throw new ConfigError("SLUICE_OPTION_TYPE", `${option} of ${factory} has to be ${expected}`, value, cure);
    }
  }
}
