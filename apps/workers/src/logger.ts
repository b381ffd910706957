/** The log of the Worker: a line of JSON for each event, in the shape that pino has on Node. */

import type { Logger } from "@sluice/feeds";

const levels = { info: 30, warn: 40, error: 50 } as const;

/**
 * Writes to the console, where `wrangler tail` and Workers Logs read it. All of it by console.log: the level is in the line,
 * and wrangler would put a heading of its own before warnings and errors.
 */
export function consoleLogger(): Logger {
  const write =
    (level: number) =>
    (fields: object, message: string): void => {
      console.log(JSON.stringify({ level, time: Date.now(), ...fields, msg: message }, shown));
    };
  return { info: write(levels.info), warn: write(levels.warn), error: write(levels.error) };
}

/**
 * An error is told by what it is, and not by whatever somebody has hung onto it: among that can be a statement with its
 * values, or a request with its token.
 */
function shown(_: string, value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === "bigint" ? String(value) : value;
  const { name, message, stack } = value;
  const code = "code" in value && typeof value.code === "string" ? { code: value.code } : {};
  return { type: name, ...code, message, stack };
}
