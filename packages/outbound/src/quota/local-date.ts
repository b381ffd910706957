/** Local dates, told by Intl: which day it is somewhere, and how many days lie between two. */

import { ConfigError } from "@sluice/core/engine";

const dayMs = 86_400_000;

/** A zone's formatter, and the minute that it was asked about last. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  minute: number;
  date: string;
}

/**
 * Tells the local date at an instant in a zone as `2027-03-28`, and keeps for each zone its formatter and last answer:
 * within a minute no zone has changed its date since 1973.
 */
export function localDates(): (instantMs: number, timeZone: string) => string {
  const zones = new Map<string, Zone>();
  return (instantMs, timeZone) => {
    let zone = zones.get(timeZone);
    if (zone === undefined) {
      zone = { format: formatOf(timeZone), minute: Number.NaN, date: "" };
      zones.set(timeZone, zone);
    }
    const minute = Math.floor(instantMs / 60_000);
    if (minute !== zone.minute) {
      const part: Record<string, string> = {};
      for (const { type, value } of zone.format.formatToParts(instantMs)) part[type] = value;
      zone.date = `${part["year"]?.padStart(4, "0")}-${part["month"]}-${part["day"]}`;
      zone.minute = minute;
    }
    return zone.date;
  };
}

/**
 * The local date at an instant in a zone, as `2027-03-28`.
 *
 * @throws ConfigError `SLUICE_POLICY_TIME_ZONE` for a zone that this runtime's Intl does not know.
 */
export function localDate(instantMs: number, timeZone: string): string {
  return localDates()(instantMs, timeZone);
}

/** The number of a date, so that the difference of two is the days between them; undefined for what is no date. */
export function dayNumber(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  if (day === undefined) return undefined;
  const instant = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // February 30 would be March 2.
  return new Date(instant).getUTCDate() === Number(day) ? instant / dayMs : undefined;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    // Without a zone Intl would take the machine's own, which is nobody's.
    if (typeof timeZone !== "string") throw new RangeError("no zone");
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "iso8601",
      numberingSystem: "latn",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
  } catch {
    const cure = 'Use an IANA name such as "Europe/Paris" or "UTC".';
    throw new ConfigError("SLUICE_POLICY_TIME_ZONE", "this runtime knows no such time zone", timeZone, cure);
  }
}
