/** HTTP-dates in their three forms (RFC 9110 §5.6.7), and nothing that merely looks like a date. */

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const time = "(\\d\\d):(\\d\\d):(\\d\\d)";
const month = `(${months.join("|")})`;

/** `Sun, 06 Nov 1994 08:49:37 GMT`, which is the only one to be written. */
const imf = new RegExp(`^${day}, (\\d\\d) ${month} (\\d{4}) ${time} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const rfc850 = new RegExp(
  `^(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday), (\\d\\d)-${month}-(\\d\\d) ${time} GMT$`,
);
/** `Sun Nov  6 08:49:37 1994` */
const asctime = new RegExp(`^${day} ${month} ([ \\d]\\d) ${time} (\\d{4})$`);

/** No form is longer. */
const longest = "Wednesday, 06-Nov-94 08:49:37 GMT".length;

/**
 * The instant of an HTTP-date in epoch milliseconds; undefined for everything else, and for days and times that there are not.
 * The name of the day is not compared with the date. `nowMs` places years of two digits: at most 50 years ahead.
 */
export function httpDate(text: string, nowMs: number): number | undefined {
  if (text.length > longest) return undefined;
  let found = imf.exec(text);
  if (found !== null) return instant(found[3], found[2], found[1], found[4], found[5], found[6]);
  found = asctime.exec(text);
  if (found !== null) return instant(found[6], found[1], found[2], found[3], found[4], found[5]);
  found = rfc850.exec(text);
  if (found === null) return undefined;
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = Math.floor(thisYear / 100) * 100 + Number(found[3]);
  // The century of the nearest year with these digits that is not too far ahead.
  const near = year > thisYear + 50 ? year - 100 : year <= thisYear - 50 ? year + 100 : year;
  return instant(`${near}`, found[2], found[1], found[4], found[5], found[6]);
}

type Part = string | undefined;

function instant(year: Part, name: Part, date: Part, hour: Part, minute: Part, second: Part): number | undefined {
  return utc(Number(year), months.indexOf(name ?? ""), Number(date), Number(hour), Number(minute), Number(second));
}

/** An instant in epoch milliseconds; undefined for a day or a time that there is not. A month is a number from 0. */
export function utc(
  year: number,
  month: number,
  date: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  // Second 60 is a leap second, which is the first one of the next minute here.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const at = new Date(0);
  // Date.UTC would take the years below 100 for those of the last century.
  at.setUTCFullYear(year, month, date);
  // A day that the month does not have lies in another one.
  if (at.getUTCMonth() !== month) return undefined;
  return at.setUTCHours(hour, minute, second);
}
