/** Four hundred days of mail: no day and no hour above its limit, whatever clocks, zones and bounces do; and not one mail less. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { memory } from "@sluice/core/memory";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { dateOf, everybody, seeded, simulatedClock } from "../../test/send-oracle.ts";
import { live, type Sender } from "../../test/send-years.ts";
import { exponential, linear, steps } from "./warmup-schedule.ts";

const dayMs = 86_400_000;
const start = Date.UTC(2026, 2, 1);

// Within these days their clocks are put forward and back: Lord Howe's by half an hour, and those of Havana, Cairo and
// Beirut at midnight, which is skipped and, in Havana, comes twice.
const senders: readonly Sender[] = [
  { id: "berlin", zones: ["Europe/Berlin", "America/New_York"], schedule: linear({ start: 5, step: 1, target: 20 }) },
  {
    id: "york",
    zones: ["America/New_York", "Asia/Tokyo"],
    schedule: exponential({ start: 2, factor: 1.3, target: 30 }),
  },
  {
    id: "howe",
    zones: ["Australia/Lord_Howe"],
    schedule: steps([
      { days: 9, limit: 7 },
      { days: 9, limit: 18 },
    ]),
  },
  {
    id: "havana",
    zones: ["America/Havana", "Pacific/Kiritimati"],
    schedule: linear({ start: 1, step: 2, target: 25 }),
  },
  { id: "cairo", zones: ["Africa/Cairo"], schedule: linear({ start: 10, step: 5, target: 40 }) },
  { id: "beirut", zones: ["Asia/Beirut", "Pacific/Pago_Pago"] },
];

it("the zones do what they are here for", () => {
  const minutes = (zone: string, from: string, hours: number): string[] => {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    return Array.from({ length: hours * 60 }, (_, i) => format.format(Date.parse(from) + i * 60_000));
  };
  expect(minutes("America/Havana", "2026-03-08T03:00Z", 6)).not.toContain("2026-03-08 00:30");
  expect(minutes("Africa/Cairo", "2026-04-23T18:00Z", 9)).not.toContain("2026-04-24 00:30");
  expect(minutes("Asia/Beirut", "2026-03-28T20:00Z", 6)).not.toContain("2026-03-29 00:30");
  expect(minutes("America/Havana", "2026-11-01T03:00Z", 6).filter((at) => at === "2026-11-01 00:30")).toHaveLength(2);
  expect(minutes("Australia/Lord_Howe", "2026-10-03T14:00Z", 3)).not.toContain("2026-10-04 02:15");
});

describe("nobody disturbs", () => {
  it("every local day has exactly what its schedule says, those of 23, 23½ and 25 hours, too", async () => {
    const clock = simulatedClock(start);
    const days = 400;
    const { oracle } = await live({
      clock,
      backend: memory({ clock }),
      senders,
      days,
      random: seeded(1),
      perHour: 1_000,
      perDay: 1_000,
      byName: true,
      disturbed: false,
    });
    for (const { id, zones, schedule } of senders) {
      const zone = zones[0] as string;
      const counted = [...oracle.perDay(id, zone)];
      const dates = counted.map(([date]) => date);
      // Every local date from the first to the last, each once.
      const first = dateOf(start, zone);
      const expected = dates.map((_, i) => new Date(Date.parse(first) + i * dayMs).toISOString().slice(0, 10));
      expect(dates).toEqual(expected);
      expect(dates.length).toBeGreaterThanOrEqual(days);
      expect(counted.map(([, count]) => count)).toEqual(
        dates.map((_, i) => Math.min(20, schedule?.limitOn(i + 1) ?? 20)),
      );
    }
  }, 30_000);

  it("the organisation sends exactly 80 on each day, once its inboxes are warm", async () => {
    const clock = simulatedClock(start);
    const { oracle } = await live({
      clock,
      backend: memory({ clock }),
      senders,
      days: 60,
      random: seeded(1),
      disturbed: false,
    });
    const counts = [...oracle.perDay(everybody, "UTC").values()];
    expect(counts).toHaveLength(60);
    expect(counts.slice(30)).toEqual(Array(30).fill(80));
  }, 30_000);
});

describe("clocks step back, zones change, mails bounce, inboxes are held, campaigns rest", () => {
  it("400 days in memory", async () => {
    const clock = simulatedClock(start);
    const { sent, disturbances } = await live({
      clock,
      backend: memory({ clock }),
      senders,
      days: 400,
      random: seeded(20_270_101),
      disturbed: true,
    });
    const kinds = ["bounce", "complaint", "late", "refund", "release", "rest", "stepBack", "zone"];
    expect(Object.keys(disturbances).sort()).toEqual(kinds);
    expect(Object.values(disturbances).every((times) => times >= 2)).toBe(true);
    expect(sent).toBeGreaterThan(400 * 40);
  }, 60_000);

  it("40 days in a file, with restarts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-years-"));
    const clock = simulatedClock(start);
    const opened: DatabaseSync[] = [];
    const open = () => {
      const database = new DatabaseSync(join(folder, "counts.db"));
      opened.push(database);
      return sqlite(database, onClock(clock, {}));
    };
    const { sent, disturbances } = await live({
      clock,
      backend: open(),
      senders,
      days: 40,
      random: seeded(7),
      disturbed: true,
      restart: open,
    });
    for (const database of opened) database.close();
    rmSync(folder, { recursive: true });
    expect(disturbances["restart"]).toBeGreaterThan(5);
    expect(sent).toBeGreaterThan(40 * 30);
  }, 30_000);
});
