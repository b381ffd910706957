/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Mail that has no way out says so where its bars stand, with the cure; and when it went, where it did. */

import type { Child } from "hono/jsx";
import { expect, it } from "vitest";
import { parsed, textOf } from "../../test/html.ts";
import { nowMs, outbound } from "../../test/views-data.ts";
import type { OutboundView as Outbound } from "../admin/outbound-admin.ts";
import { FrameContext } from "./frame.ts";
import { OutboundView } from "./outbound.tsx";
import { OutboundCard } from "./overview-outbound.tsx";

const given = outbound("some");
const { paused: _, ...sending } = given.sending;
const inboxes = sending.inboxes.map(({ paused: _, ...inbox }) => ({ ...inbox, held: false, canSend: true }));

function rendered(view: Child): string {
  return textOf(
    parsed(String(<FrameContext.Provider value={{ base: "/admin", nowMs }}>{view}</FrameContext.Provider>)),
  );
}

it.each([
  ["the page", (of: Outbound) => rendered(<OutboundView outbound={of} />)],
  ["the overview", (of: Outbound) => rendered(<OutboundCard outbound={of} />)],
])("is said on %s, and only then", (_, text) => {
  const waits = "SMTP_URL is not set. Set it.";
  expect(text({ ...given, sending: { ...sending, inboxes, waits } })).toContain(`Mail waits. ${waits}`);
  expect(text({ ...given, sending: { ...sending, inboxes, waits: undefined } })).not.toContain("Mail waits");
});

it("says when a limit is whole again, unless it is", () => {
  const day = { limit: 80, used: 0, remaining: 80, resetAfterMs: 9_600_000 };
  const text = (used: number) =>
    rendered(<OutboundCard outbound={{ ...given, sending: { ...sending, hour: day, day: { ...day, used } } }} />);
  expect(text(1)).toContain("Whole again in 2 h 40 min");
  expect(text(0)).not.toContain("Whole again");
});

it("keeps inboxes from being said to send, and mails of a day are told", () => {
  const text = (waits?: string) =>
    rendered(<OutboundView outbound={{ ...given, sending: { ...sending, inboxes, waits } }} />);
  expect(text("x")).toContain("waits: no way out");
  expect(text("x")).not.toContain("may send");
  expect(text()).toContain("may send");
  expect(text()).toContain("3 mails in 24 hours, by hour");
});
