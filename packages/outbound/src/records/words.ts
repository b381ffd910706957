/** Reasons and names that people give, as they are kept in records. */

import { ConfigError } from "@sluice/core/engine";

/**
 * One line, whose JSON is at most twice as long: what would be written as escapes of six characters is left out.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` or `SLUICE_OPTION_TYPE`; `what` names the option.
 */
export function words(what: string, value: string, most: number): string {
  if (typeof value === "string" && value.length > 0 && value.length <= most) {
    return value.replaceAll(/\p{Cc}+/gu, " ").toWellFormed();
  }
  const code = value === undefined ? "SLUICE_OPTION_MISSING" : "SLUICE_OPTION_TYPE";
  throw new ConfigError(code, `${what} has to be 1 to ${most} characters`, value, "Say it in a few words.");
}
