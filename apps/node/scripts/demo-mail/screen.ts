/** Shows the demo as it goes: a picture that is drawn over on a terminal, a line for each event elsewhere. */

import { picture } from "./picture.ts";
import { clockOf, dayOf, gone, standingText, type View } from "./view.ts";

export interface Screen {
  show(view: View): void;
}

/** How often to look, in milliseconds of the wall. */
export const redrawMs = 100;
const quarterMs = 15 * 60_000;

/** For a stream, as it is: a terminal or not. */
export function screenFor(out: NodeJS.WriteStream): Screen {
  return out.isTTY ? terminal(out) : lines(out);
}

/** Each picture in one write, from the first line of the one before: nothing flickers, and what was above stays. */
function terminal(out: NodeJS.WriteStream): Screen {
  const isColoured = out.hasColors();
  let drawn: readonly string[] = [];
  return {
    show(view) {
      const next = picture(view, out.columns, isColoured).slice(0, Math.max(1, out.rows - 1));
      const up = drawn.length === 0 ? "" : `\x1b[${drawn.length}A`;
      // Lines that stand already are stepped over.
      const text = next.map((line, i) => (line === drawn[i] ? "\n" : `\r${line}\x1b[K\n`)).join("");
      out.write(`${up}${text}\x1b[J`);
      drawn = next;
    },
  };
}

/** A line for every quarter of an hour in which something changed, and at once for a new day and a new reason to wait. */
function lines(out: NodeJS.WriteStream): Screen {
  let shownQuarter = 0;
  let shownText = "";
  let shownNews = "";
  return {
    show(view) {
      const { nowMs, standing } = view;
      const quarter = Math.floor(nowMs / quarterMs);
      const text = `${counts(view)}  ${standingText(view)}`;
      const news = `${dayOf(nowMs)} ${standing.kind === "waiting" ? standing.limits : standing.kind === "held"}`;
      const isDue = quarter > shownQuarter && text !== shownText;
      if (!isDue && (news === shownNews || standing.kind === "sending")) return;
      out.write(`${dayOf(nowMs)} ${clockOf(nowMs)}  ${text}\n`);
      [shownQuarter, shownText, shownNews] = [quarter, text, news];
    },
  };
}

function counts(view: View): string {
  const { inboxes, hour, day } = view.usage;
  const of = (name: string, { used, limit }: { readonly used: number; readonly limit: number }): string =>
    `${name} ${String(used).padStart(2)}/${String(limit).padEnd(2)}`;
  return [
    ...inboxes.map((inbox) => of(inbox.id.slice(0, inbox.id.indexOf("@")), inbox)),
    of("hour", hour),
    of("day", day),
    of("sent", { used: gone(view), limit: view.mails.length }),
  ].join("  ");
}
