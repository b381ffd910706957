/** The demo as a picture for a terminal: pure text, each line no wider than it may be. */

import { clockOf, dayOf } from "../demo/calendar.ts";
import { bar, cut, painter } from "../demo/drawing.ts";
import { addresses } from "./offer.ts";
import { gone, lastOf, standingText, type View } from "./view.ts";

const nameWidth = Math.max(...addresses.map((address) => address.length));

/** Lines of one moment; `isColoured` is false for terminals that asked for none. */
export function picture(view: View, columns: number, isColoured: boolean): string[] {
  const paint = painter(isColoured);
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

function share(used: number, limit: number): string {
  return `${String(used).padStart(2)} of ${String(limit).padStart(2)}`;
}
