/** How a mistaken setting is told. */

/** Hears of a mistake, and gives what stands for the value meanwhile. */
export type Mistaken = (mistake: string) => "";

/** A value as JSON, so that text stands in quotes, and short enough for one line. */
export function shortened(value: unknown): string {
  const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
  return typeof value === "string" ? JSON.stringify(cut(value)) : cut(String(JSON.stringify(value)));
}
