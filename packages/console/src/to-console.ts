/** Where errors go that nobody else hears of; in a file of its own, since the console of this package has the same name. */

export function toConsole(error: unknown): void {
  console.error(error);
}
