/** The builders read like the sentence one would say, and say what is wrong with it. */

import { describe, expect, it } from "vitest";
import { type Duration, durationMs } from "./duration.ts";
import { isConfigError } from "./errors.ts";
import {
  type CalendarOptions,
  per,
  perDay,
  perHour,
  perMinute,
  perMonth,
  perSecond,
  perWeek,
  type RateOptions,
} from "./rate.ts";

const bucket = { algorithm: "token-bucket" } as const;

describe("a builder", () => {
  it.each<[string, unknown, unknown]>([
    ["perSecond(10)", perSecond(10), { ...bucket, limit: 10, windowMs: 1000 }],
    [
      "perMinute(60, { burst: 10 })",
      perMinute(60, { burst: 10 }),
      { ...bucket, limit: 60, windowMs: 60_000, burst: 10 },
    ],
    [
      "perHour(20, { strict: true })",
      perHour(20, { strict: true }),
      { ...bucket, limit: 20, windowMs: 3_600_000, strict: true },
    ],
    ["perDay(20)", perDay(20), { ...bucket, limit: 20, windowMs: 86_400_000 }],
    ["perDay(20, { burst: 5 })", perDay(20, { burst: 5 }), { ...bucket, limit: 20, windowMs: 86_400_000, burst: 5 }],
    ['per("10s", 100)', per("10s", 100), { ...bucket, limit: 100, windowMs: 10_000 }],
    ["perMinute(0)", perMinute(0), { ...bucket, limit: 0, windowMs: 60_000 }],
    [
      "a fixed window",
      perMinute(5, { algorithm: "fixed-window" }),
      { algorithm: "fixed-window", limit: 5, windowMs: 60_000 },
    ],
    [
      "a sliding window",
      perMinute(5, { algorithm: "sliding-window" }),
      { algorithm: "sliding-window", limit: 5, windowMs: 60_000 },
    ],
    [
      "a sliding log",
      perHour(5, { algorithm: "sliding-log" }),
      { algorithm: "sliding-log", limit: 5, windowMs: 3_600_000 },
    ],
    ["a token bucket by name", perSecond(5, bucket), { ...bucket, limit: 5, windowMs: 1000 }],
    [
      "perDay in a zone",
      perDay(20, { timeZone: "Europe/Paris" }),
      { algorithm: "calendar", period: "day", limit: 20, timeZone: "Europe/Paris" },
    ],
    ["perWeek(500)", perWeek(500), { algorithm: "calendar", period: "week", limit: 500, timeZone: "UTC" }],
    ["perMonth(10_000)", perMonth(10_000), { algorithm: "calendar", period: "month", limit: 10_000, timeZone: "UTC" }],
    [
      "perMonth in a zone",
      perMonth(1, { timeZone: "Asia/Kolkata" }),
      { algorithm: "calendar", period: "month", limit: 1, timeZone: "Asia/Kolkata" },
    ],
  ])("%s", (_name, rate, expected) => expect(rate).toStrictEqual(expected));

  const options = (value: object): RateOptions => value as RateOptions;
  const zoned = (value: object): CalendarOptions => value as CalendarOptions;

  it.each<[string, () => unknown, string, string]>([
    ["options that are none", () => per("1s", 1, null as never), "SLUICE_OPTION_TYPE", "got null"],
    ["a day's options that are none", () => perDay(1, null as never), "SLUICE_OPTION_TYPE", "got null"],
    ["an unknown option", () => perMinute(60, options({ bust: 10 })), "SLUICE_OPTION_UNKNOWN", 'got "bust"'],
    [
      "an option of another builder",
      () => perMinute(60, options({ timeZone: "UTC" })),
      "SLUICE_OPTION_UNKNOWN",
      'got "timeZone"',
    ],
    [
      "burst beside a zone",
      () => perDay(20, zoned({ timeZone: "UTC", burst: 5 })),
      "SLUICE_OPTION_UNKNOWN",
      'got "burst"',
    ],
    [
      "an algorithm beside a zone",
      () => perWeek(20, zoned({ timeZone: "UTC", algorithm: "sliding-log" })),
      "SLUICE_OPTION_UNKNOWN",
      'got "algorithm"',
    ],
    [
      "a burst of a fixed window",
      () => perMinute(60, { algorithm: "fixed-window", burst: 7 }),
      "SLUICE_POLICY_BURST",
      "got 7",
    ],
    [
      "a burst of a sliding window",
      () => perMinute(60, { algorithm: "sliding-window", burst: 7 }),
      "SLUICE_POLICY_BURST",
      "got 7",
    ],
    [
      "a strict sliding log",
      () => perMinute(60, { algorithm: "sliding-log", strict: true }),
      "SLUICE_POLICY_BURST",
      "got true",
    ],
    [
      "an unknown algorithm",
      () => perMinute(60, options({ algorithm: "leaky" })),
      "SLUICE_POLICY_ALGORITHM",
      'got "leaky"',
    ],
    [
      "a calendar without a period",
      () => perMinute(60, options({ algorithm: "calendar" })),
      "SLUICE_POLICY_WINDOW",
      "got undefined",
    ],
    ["a fractional limit", () => perSecond(0.5), "SLUICE_POLICY_LIMIT", "got 0.5"],
    ["a negative limit per week", () => perWeek(-1), "SLUICE_POLICY_LIMIT", "got -1"],
    ["no limit", () => (perSecond as () => unknown)(), "SLUICE_POLICY_LIMIT", "got undefined"],
    [
      "a zone nobody knows",
      () => perMonth(1, { timeZone: "Mars/Olympus" }),
      "SLUICE_POLICY_TIME_ZONE",
      'got "Mars/Olympus"',
    ],
    ["more than can be counted", () => per("365d", 5000), "SLUICE_POLICY_TOO_LARGE", "got 5000"],
    ["a window over a century", () => per("36526d", 1), "SLUICE_POLICY_WINDOW", "got 3155846400000"],
  ])("refuses %s", (_name, call, code, shown) => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(shown) }));
  });
});

describe("a duration", () => {
  it.each<[Duration, number]>([
    ["1ms", 1],
    ["500ms", 500],
    ["10s", 10_000],
    ["15m", 900_000],
    ["24h", 86_400_000],
    ["30d", 2_592_000_000],
    ["999999999999999ms", 999_999_999_999_999],
  ])("%s is %d ms", (duration, ms) => expect(durationMs(duration)).toBe(ms));

  it.each(
    [
      "",
      "10",
      "s",
      "0s",
      "-1s",
      "+1s",
      "1.5s",
      "1e3s",
      "010s",
      " 1s",
      "1s ",
      "1 s",
      "1S",
      "1min",
      "1w",
      "1m30s",
      "٣s",
      "9999999999999999s",
      "104249991375d",
      "1s\n",
      null,
      undefined,
      60,
      {},
      ["1s", "2s"],
    ].map((duration) => [duration]),
  )("%o is refused by name", (duration) => {
    let error: unknown;
    try {
      durationMs(duration as Duration);
    } catch (caught) {
      error = caught;
    }
    expect(isConfigError(error) && error.code).toBe("SLUICE_DURATION");
    expect(error).toHaveProperty("value", duration);
  });
});
