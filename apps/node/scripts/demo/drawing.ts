/** Pictures for a terminal that are drawn over as they change. */

import { stripVTControlCharacters, styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** How often to look, in milliseconds of the wall. */
export const redrawMs = 100;

const barWidth = 20;

/** Colours, or none for terminals that asked for none. */
export function painter(isColoured: boolean): Paint {
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
}

/** Green while there is room, yellow when there is none: full is how it should be, never red. */
export function bar(used: number, limit: number, paint: Paint): string {
  const filled = limit === 0 ? 0 : Math.min(barWidth, Math.floor((used / limit) * barWidth));
  return paint(used >= limit ? "yellow" : "green", "█".repeat(filled)) + paint("dim", "░".repeat(barWidth - filled));
}

/** A line that is too long loses its colours with its end: half an escape sequence would spoil the terminal. */
export function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < columns ? line : `${plain.slice(0, Math.max(0, columns - 2))}…`;
}

/** Each picture in one write, from the first line of the one before: nothing flickers, and what was above stays. */
export function redrawing(out: NodeJS.WriteStream): (picture: readonly string[]) => void {
  let drawn: readonly string[] = [];
  return (picture) => {
    const next = picture.slice(0, Math.max(1, out.rows - 1));
    const up = drawn.length === 0 ? "" : `\x1b[${drawn.length}A`;
    // Lines that stand already are stepped over.
    const text = next.map((line, i) => (line === drawn[i] ? "\n" : `\r${line}\x1b[K\n`)).join("");
    out.write(`${up}${text}\x1b[J`);
    drawn = next;
  };
}
