/** Shows the demo as it goes: a picture that is drawn over on a terminal, a line for each event elsewhere. */

import { clockOf, dayOf } from "../demo/calendar.ts";
import { type Screen, screenOn } from "../demo/screen.ts";
import { picture } from "./picture.ts";
import { gone, standingText, type View } from "./view.ts";

const quarterMs = 15 * 60_000;

/** For a stream, as it is: a terminal or not. */
export function screenFor(out: NodeJS.WriteStream): Screen<View> {
  return screenOn(out, picture, lines);
}

/** A line for every quarter of an hour in which something changed, and at once for a new day and a new reason to wait. */
function lines(out: NodeJS.WriteStream): Screen<View> {
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
