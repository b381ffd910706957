/** How a mistaken setting is told. */

/** Hears of a mistake, and gives what stands for the value meanwhile. */
export type Mistaken = (mistake: string) => "";

/** A value in quotes, short enough for one line. */
export function shortened(value: string | undefined): string {
  return JSON.stringify(value && value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
