/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Every view of plans, users, feeds, what goes out and usage: what strangers wrote stays text, forms carry their csrf, fields their labels. */

import type { Child } from "hono/jsx";
import { describe, expect, it } from "vitest";
import { hostile, hostileTexts } from "../../test/hostile.ts";
import { elements, faultsOf, parsed, textOf } from "../../test/html.ts";
import { accessRow, apiRow, inboxRow, limits, nowMs, outbound, plan, usage, user } from "../../test/views-data.ts";
import { AdminError } from "../admin/admin-error.ts";
import { FeedsView } from "./feeds.tsx";
import { FrameContext } from "./frame.ts";
import { OutboundView } from "./outbound.tsx";
import { PlansView } from "./plans.tsx";
import { PlanView } from "./plans-editor.tsx";
import { usagePage } from "./usage.tsx";
import { UserView } from "./user.tsx";
import { UsersView } from "./users.tsx";

const frame = { base: "/admin", nowMs, csrf: `token "<${hostile.single}` };

function rendered(view: Child): string {
  return String(<FrameContext.Provider value={frame}>{view}</FrameContext.Provider>);
}

/** Every view with the same text wherever a text can be. */
function views(text: string): Readonly<Record<string, () => string>> {
  const refused = (form: string, field: string) => ({
    form,
    error: new AdminError("invalid", text, { field }),
    typed: { id: text, name: text, note: text, units: text, reason: text, features: text, untilMs: text, for: text },
  });
  const feeds = [{ feedId: text, title: text, reads: 3, denied: 1 }];
  const one = plan(text);
  const estimate = {
    asked: 8_400,
    deniedAtLeast: 120,
    deniedAtMost: 134,
    denied: 127,
    deniedThen: 3,
    keyMinutes: 31,
    minutes: 90,
    ofMinutes: 1_440,
  };
  const userData = { user: user(text), limits: limits(text), plans: [one], cannotReset: undefined, feeds };
  return {
    plans: () => rendered(<PlansView plans={[one]} limits={limits(text)} refusal={refused("create", "id")} />),
    plan: () =>
      rendered(
        <PlanView
          plan={one}
          limits={limits(text)}
          preview={{ typed: {}, limits: { api: 60 }, estimates: { api: estimate } }}
        />,
      ),
    "plan, refused": () => rendered(<PlanView plan={one} limits={limits(text)} refusal={refused("plan", "name")} />),
    "plan, stale": () =>
      rendered(
        <PlanView
          plan={{ ...one, users: 0 }}
          limits={limits(text)}
          refusal={{ ...refused("plan", "name"), error: new AdminError("stale", text) }}
        />,
      ),
    users: () =>
      rendered(
        <UsersView
          page={{
            items: [{ id: text, name: text, plan: text, overrides: 2, nextExpiryMs: nowMs, isBlocked: true }],
            next: text,
          }}
          query={{ search: text, plan: text, after: text }}
          plans={[one]}
        />,
      ),
    user: () =>
      rendered(
        <UserView
          {...userData}
          quota={[{ limit: "api", units: 60, because: text }]}
          denials={[{ atMs: nowMs, limiter: text, limitUnits: 60, times: 3 }]}
          refusal={refused("override.api", "note")}
        />,
      ),
    "user, not blocked": () =>
      rendered(
        <UserView
          {...userData}
          user={{ ...user(text), blocked: undefined, isPlanKnown: false, overrides: [] }}
          cannotReset={text}
          quota={[]}
          denials={[]}
          refusal={refused("block", "untilMs")}
        />,
      ),
    feeds: () =>
      rendered(
        <FeedsView
          query={{ feed: text, owner: text, decision: text, agentOf: 1 }}
          after={text}
          day={{ reads: 9, denied: 2 }}
          hours={[{ atMs: nowMs, reads: 9, denied: 2 }]}
          page={{
            items: [accessRow(text), { ...accessRow(text), feedTitle: undefined, ownerName: undefined }],
            next: text,
          }}
          topReaders={[{ row: 1, address: text, isPseudonym: true, reads: 3, denied: 1 }]}
          topFeeds={feeds}
        />,
      ),
    outbound: () => rendered(<OutboundView outbound={outbound(text)} />),
    "outbound, refused": () =>
      rendered(
        <OutboundView
          outbound={{
            ...outbound(text),
            sending: {
              ...outbound(text).sending,
              paused: undefined,
              inboxes: [{ ...inboxRow(text), paused: undefined }],
            },
            apis: [{ ...apiRow(text), limits: [{ name: text, key: text, limit: 5 }], breaker: undefined }],
          }}
          refusal={refused(`inbox.pause.${text}`, "reason")}
        />,
      ),
    usage: () => String(usagePage({ ...usage(text), frame })),
  };
}

const names = Object.keys(views(""));

describe.each(names)("the view %s", (name) => {
  it.each(Object.entries(hostile))("keeps %s as text", (_, text) => {
    const html = views(text)[name]?.() ?? "";
    expect(faultsOf(html)).toEqual([]);
    const page = parsed(html);
    const shown =
      textOf(page) +
      elements(page)
        .map(({ attributes }) => [...attributes.values()].join("\n"))
        .join("\n");
    expect(shown).toContain(text);
    // As many elements as with a harmless text: none is the stranger's.
    const tags = elements(page).map(({ tag }) => tag);
    const harmless = elements(parsed(views("x".repeat(Array.from(text).length))[name]?.() ?? "")).map(({ tag }) => tag);
    expect(tags).toEqual(harmless);
  });

  it("shows all of them at once without a fault", () => {
    expect(faultsOf(views(hostileTexts.join(" "))[name]?.() ?? "")).toEqual([]);
  });
});

describe("empty states", () => {
  const empty: Readonly<Record<string, readonly [Child, string]>> = {
    plans: [<PlansView plans={[]} limits={limits("x")} />, "Create the first below"],
    users: [<UsersView page={{ items: [] }} query={{}} plans={[]} />, "as soon as somebody signs up"],
    "users under a filter": [
      <UsersView page={{ items: [] }} query={{ filter: "blocked" }} plans={[]} />,
      "show everybody",
    ],
    feeds: [
      <FeedsView
        query={{}}
        after={undefined}
        day={{ reads: 0, denied: 0 }}
        hours={[]}
        page={{ items: [] }}
        topReaders={[]}
        topFeeds={[]}
      />,
      "Open the address of a public feed",
    ],
    outbound: [
      <OutboundView outbound={{ apis: [], queues: [], leases: [], throttledByHour: [] }} />,
      "Hand the console what sends and calls",
    ],
  };

  it.each(Object.entries(empty))("of %s says what to do", (_, [view, words]) => {
    const html = rendered(view);
    expect(faultsOf(html)).toEqual([]);
    expect(textOf(parsed(html))).toContain(words);
  });
});
