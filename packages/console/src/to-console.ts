/** Where errors go that nobody else hears of; in a file of its own, since the console of this package has the same name. */

/** What nobody foresaw, with its stack. */
export function toConsole(error: unknown): void {
  console.error(error);
}

/** What may happen, as one line. */
export function lineToConsole(error: unknown): void {
  console.warn(error instanceof Error ? error.message : error);
}
