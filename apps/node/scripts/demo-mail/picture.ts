/** The demo as a picture for a terminal: pure text, each line no wider than it may be. */

import { stripVTControlCharacters, styleText } from "node:util";
import { addresses } from "./offer.ts";
import { clockOf, dayOf, gone, lastOf, standingText, type View } from "./view.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const barWidth = 20;
const nameWidth = Math.max(...addresses.map((address) => address.length));

/** Lines of one moment; `isColoured` is false for terminals that asked for none. */
export function picture(view: View, columns: number, isColoured: boolean): string[] {
  const paint: Paint = (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
  const { nowMs, speed, usage, mails, accepted } = view;
  const last = lastOf(view);
  const limit = (name: string, note: string, used: number, most: number): string =>
    `  ${name.padEnd(nameWidth)}  ${paint("dim", note.padEnd(6))}  ${bar(used, most, paint)}  ${share(used, most)}`;
  const fact = (name: string, text: string): string => `  ${paint("dim", name.padEnd(nameWidth))}  ${text}`;
  const lines = [
    "",
    `  ${paint("bold", `${dayOf(nowMs)}  ${clockOf(nowMs)}`)}  ${paint("dim", `UTC, ${speed} times as fast · Ctrl-C: to be continued`)}`,
    "",
    ...usage.inboxes.map(({ id, warmupDay = 0, used, limit: most }) => limit(id, `day ${warmupDay}`, used, most)),
    "",
    limit("all, within an hour", "", usage.hour.used, usage.hour.limit),
    limit("all, today", "", usage.day.used, usage.day.limit),
    "",
    limit("mails sent", "", gone(view), mails.length),
    "",
    fact("SMTP server", `has taken ${accepted}`),
    fact(
      "last mail",
      last === undefined ? "none yet" : `${clockOf(last.atMs ?? 0)}  letter ${last.id} from ${last.inbox}`,
    ),
    fact("now", standingText(view)),
    "",
  ];
  return lines.map((line) => cut(line, columns));
}

/** Green while there is room, yellow when there is none: full is how it should be, never red. */
function bar(used: number, limit: number, paint: Paint): string {
  const filled = limit === 0 ? 0 : Math.min(barWidth, Math.floor((used / limit) * barWidth));
  return paint(used >= limit ? "yellow" : "green", "█".repeat(filled)) + paint("dim", "░".repeat(barWidth - filled));
}

function share(used: number, limit: number): string {
  return `${String(used).padStart(2)} of ${String(limit).padStart(2)}`;
}

/** A line that is too long loses its colours with its end: half an escape sequence would spoil the terminal. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length < columns ? line : `${plain.slice(0, Math.max(0, columns - 2))}…`;
}
