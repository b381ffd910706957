import { describe, expect, test } from "vitest";
import { activeAt, type InboxRecord, quotaInbox, reportedAt } from "./inbox-records.ts";

const inbox: InboxRecord = {
  id: "news-1",
  address: "news-1@feeds.example",
  transport: "smtp",
  timeZone: "America/New_York",
  warmup: { kind: "linear", start: 5, step: 1, target: 20 },
  activeDays: 3,
  lastActiveDate: "2026-06-03",
  stepsBack: 0,
  heldOnDay: null,
};

describe("the days on which an inbox has sent", () => {
  test.each<[at: string, change: object | undefined]>([
    ["2026-06-04T03:59:59Z", undefined],
    ["2026-06-04T04:00:00Z", { activeDays: 4, lastActiveDate: "2026-06-04" }],
    // Three of eleven days of silence are one too many each.
    ["2026-06-14T12:00:00Z", { activeDays: 1, lastActiveDate: "2026-06-14" }],
    // A clock that steps back advances nothing, neither now nor when it comes forward again.
    ["2026-06-02T12:00:00Z", undefined],
  ])("are those of its own calendar: %s", (at, change) => {
    expect(activeAt(inbox, Date.parse(at))).toEqual(change);
  });

  test("begin with the first", () => {
    const change = activeAt({ ...inbox, activeDays: 0, lastActiveDate: null }, Date.parse("2026-06-04T12:00:00Z"));
    expect(change).toEqual({ activeDays: 1, lastActiveDate: "2026-06-04" });
  });
});

test("reports change the warm-up of the day on which they come", () => {
  const atMs = Date.parse("2026-06-04T12:00:00Z");
  expect(reportedAt(inbox, "hard", atMs)).toEqual({ stepsBack: 1, heldOnDay: null });
  expect(reportedAt(inbox, "complaint", atMs)).toEqual({ stepsBack: 0, heldOnDay: 4 });
});

test.each([
  [{ kind: "linear", start: 5, step: 1, target: 20 }, [5, 6, 20]],
  [{ kind: "exponential", start: 4, factor: 1.5, target: 20 }, [4, 6, 20]],
  [
    {
      kind: "steps",
      steps: [
        { days: 1, limit: 5 },
        { days: 1, limit: 9 },
      ],
    },
    [5, 9, 9],
  ],
] as const)("the data of a schedule is the schedule: %j", (warmup, limits) => {
  const { schedule } = quotaInbox({ ...inbox, warmup }).warmup ?? {};
  expect([1, 2, 100].map((day) => schedule?.limitOn(day))).toEqual(limits);
});

test("an inbox without one is warm", () => {
  expect(quotaInbox({ ...inbox, warmup: null })).toEqual({ id: "news-1", timeZone: "America/New_York" });
});
