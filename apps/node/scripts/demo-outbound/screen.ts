/** Shows the demo as it goes: a picture that is drawn over on a terminal, a line for each event elsewhere. */

import { clockOf, dayOf } from "../demo/calendar.ts";
import { type Screen, screenOn } from "../demo/screen.ts";
import { picture } from "./picture.ts";
import { done, isHeld, nowText, standingText, type View } from "./view.ts";

const halfHourMs = 30 * 60_000;

/** For a stream, as it is: a terminal or not. */
export function screenFor(out: NodeJS.WriteStream): Screen<View> {
  return screenOn(out, picture, lines);
}

/** A line for every half hour in which something changed, and at once when an API is held or let go. */
function lines(out: NodeJS.WriteStream): Screen<View> {
  let shownSlot = 0;
  let shownText = "";
  let shownHeld = "";
  return {
    show(view) {
      const { nowMs, apis } = view;
      const slot = Math.floor(nowMs / halfHourMs);
      const standing = apis.flatMap((api) => (isHeld(api) ? [`${api.service}: ${standingText(api)}`] : []));
      const held = apis
        .filter(isHeld)
        .map(({ service }) => service)
        .join(" ");
      const text = `${counts(view)}  ${[...standing, nowText(view)].join(" · ")}`;
      const isDue = slot > shownSlot && text !== shownText;
      if (!isDue && held === shownHeld) return;
      out.write(`${dayOf(nowMs)} ${clockOf(nowMs)}  ${text}\n`);
      [shownSlot, shownText, shownHeld] = [slot, text, held];
    },
  };
}

function counts(view: View): string {
  const { apis, enrichment, usage, expected, mails } = view;
  const calls = apis.map(({ service, calls }) => `${service} ${calls}`).join("  ");
  const hour = `calls/h ${Math.ceil(enrichment?.used ?? 0)}/${enrichment?.limit ?? 0}`;
  return `done ${done(view)}/${expected}  sent ${mails.sent}/${mails.expected}  ${hour}  mails/h ${usage.hour.used}/${usage.hour.limit}  ${calls}`;
}
