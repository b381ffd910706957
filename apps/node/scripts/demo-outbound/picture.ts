/** The demo as a picture for a terminal: pure text, each line no wider than it may be. */

import type { LimitState } from "@sluice/outbound";
import { clockOf, dayOf } from "../demo/calendar.ts";
import { bar, cut, painter } from "../demo/drawing.ts";
import { services } from "./offer.ts";
import { done, isHeld, listed, nowText, standingText, type View } from "./view.ts";

const nameWidth = "millionVerifier".length;
const noteWidth = "1000 a second".length;

/** Lines of one moment; `isColoured` is false for terminals that asked for none. */
export function picture(view: View, columns: number, isColoured: boolean): string[] {
  const paint = painter(isColoured);
  const { nowMs, speed, apis, enrichment, usage, prospects, expected, mails, accepted } = view;
  const row = (name: string, note: string, used: number, most: number, more = ""): string =>
    `  ${name.padEnd(nameWidth)}  ${paint("dim", note.padEnd(noteWidth))}  ${bar(used, most, paint)}  ${share(used, most)}  ${more}`;
  const fact = (name: string, text: string): string => `  ${paint("dim", name.padEnd(nameWidth))}  ${text}`;
  const lines = [
    "",
    `  ${paint("bold", `${dayOf(nowMs)}  ${clockOf(nowMs)}`)}  ${paint("dim", `UTC, ${speed} times as fast · Ctrl-C: to be continued`)}`,
    "",
    ...apis.map((api) => {
      const { service, state } = api;
      const { limit, per } = services[service];
      const [used, most] = usedOf(state.limits[0], limit);
      const standing = paint(isHeld(api) ? "red" : "dim", standingText(api));
      return row(service, `${limit} ${per}`, used, most, standing);
    }),
    row("all of them", "100 an hour", ...usedOf(enrichment, 100)),
    "",
    row("mails", `${usage.hour.limit} an hour`, usage.hour.used, usage.hour.limit),
    row("", `${usage.day.limit} a day`, usage.day.used, usage.day.limit),
    ...usage.inboxes.map(({ id, warmupDay = 0, used, limit }) => row(`  ${id}`, `day ${warmupDay} of it`, used, limit)),
    "",
    row("prospects", "looked up", done(view), expected),
    row("mails", "sent", mails.sent, mails.expected),
    "",
    fact(
      "of them",
      `${prospects.valid} valid · ${prospects.risky} risky · ${prospects.invalid} invalid · ${prospects.none} without · ` +
        `${prospects.pending} wait · ${expected - listed(view)} still to come`,
    ),
    fact("calls", apis.map(({ service, calls }) => `${service} ${calls}`).join(" · ")),
    fact("SMTP server", `has taken ${accepted}`),
    fact("now", nowText(view)),
    "",
  ];
  return lines.map((line) => cut(line, columns));
}

function usedOf(state: LimitState | undefined, limit: number): [used: number, most: number] {
  return [Math.ceil(state?.used ?? 0), Math.floor(state?.limit ?? limit)];
}

function share(used: number, limit: number): string {
  return `${String(used).padStart(3)} of ${String(limit).padStart(4)}`;
}
