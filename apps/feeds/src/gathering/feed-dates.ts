/** The dates that feeds have, RFC 822 and RFC 3339, and what people make of them; without a zone they mean UTC. */

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Zones that mail has names for, in hours. */
const zones: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

const mailDate =
  /^(?:[a-z]{3,9},?\s{1,9})?(\d{1,2})[\s-]{1,9}([a-z]{3})[a-z]{0,6}[\s-]{1,9}(\d{2}|\d{4})(?:\s{1,9}(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?:\s{1,9}([+-]\d{4}|[a-z]{1,5}))?$/i;
const isoDate =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(z|[+-]\d{2}:?\d{2})?)?)?$/i;

/** Milliseconds since 1970; undefined for what is no such date, or none that exists. */
export function feedDateMs(text: string | undefined): number | undefined {
  const given = text?.trim() ?? "";
  // What is longer is no date, whatever it is.
  if (given === "" || given.length > 60) return undefined;
  const iso = isoDate.exec(given);
  if (iso !== null) {
    const [, year, month, day = "1", hour = "0", minute = "0", second = "0", zone = "Z"] = iso;
    return instant(Number(year), Number(month) - 1, [day, hour, minute, second], zone);
  }
  const mail = mailDate.exec(given);
  if (mail === null) return undefined;
  const [, day = "", month = "", year = "", hour = "0", minute = "0", second = "0", zone = "Z"] = mail;
  const short = year.length === 2 ? (Number(year) < 70 ? 2_000 : 1_900) : 0;
  return instant(Number(year) + short, months.indexOf(month.toLowerCase()), [day, hour, minute, second], zone);
}

function instant(year: number, month: number, rest: readonly string[], zone: string): number | undefined {
  const [day = 1, hour = 0, minute = 0, second = 0] = rest.map(Number);
  if (month < 0 || month > 11 || day < 1 || hour > 24 || minute > 59 || second > 60) return undefined;
  const ms = Date.UTC(year, month, day, hour, minute, second);
  // The 31st of a month that has none.
  if (new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return undefined;
  return ms - offsetMs(zone);
}

function offsetMs(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) return (zones[zone.toUpperCase()] ?? 0) * 3_600_000;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
