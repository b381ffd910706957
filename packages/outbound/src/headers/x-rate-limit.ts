/** X-RateLimit-Remaining and -Reset, which no standard describes: seconds, epochs and dates, as APIs send them. */

import { httpDate, utc } from "./http-date.ts";
import { type Left, left, type Sent, untilResetMs } from "./left.ts";

const decimal = /^\d{1,15}(?:\.\d{1,9})?$/;

/** `2027-05-12T09:30:10Z`, of RFC 3339. */
const timestamp = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * What is left, and until when; undefined if the first is no number. Fractions are rounded down for units and up for times. A
 * reset that cannot be read counts as not told.
 */
export function xRateLimitOf(remaining: string, reset: string | null, sent: Sent): Left | undefined {
  const units = numberOf(remaining);
  if (units === undefined) return undefined;
  return left(Math.floor(units), reset === null ? undefined : resetOf(reset, sent));
}

function resetOf(text: string, sent: Sent): number | undefined {
  const number = numberOf(text);
  if (number !== undefined) return untilResetMs(number, sent);
  const at = timestampOf(text) ?? httpDate(text, sent());
  return at === undefined ? undefined : at - sent();
}

function numberOf(text: string): number | undefined {
  return decimal.test(text) ? Number(text) : undefined;
}

/** The end of the second that a timestamp lies in, or the whole second that it is. */
function timestampOf(text: string): number | undefined {
  const found = timestamp.exec(text);
  if (found === null) return undefined;
  const [, year, month, date, hour, minute, second, sign, hours = 0, minutes = 0] = found;
  const at = utc(Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second));
  if (at === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const roundedMs = /\.0*[1-9]/.test(text) ? at + 1000 : at;
  return sign === "+" ? roundedMs - offsetMs : roundedMs + offsetMs;
}
