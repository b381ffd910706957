/** Numbers, lengths of time and instants in words, the same on every page. */

import type { Units } from "../plans/plan.ts";

const grouped = new Intl.NumberFormat("en");
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const instant = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});

/** `12,345`; small fractions keep one digit. */
export function count(value: number): string {
  return Math.abs(value) < 100 ? fine.format(value) : grouped.format(Math.round(value));
}

/** The text, or its beginning: at most so many characters, the last of them "…". */
export function cut(text: string, at: number): string {
  const letters = Array.from(text);
  return letters.length <= at ? text : `${letters.slice(0, at - 1).join("")}…`;
}

/** `1 user`, `2 users`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `60`, or `unlimited`. */
export function units(value: Units): string {
  return value === "unlimited" ? "unlimited" : count(value);
}

/** `4.2 %`; a share of nothing is a dash. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return "–";
  const percent = (100 * part) / whole;
  return `${percent > 0 && percent < 0.1 ? "< 0.1" : fine.format(percent)} %`;
}

const steps = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
] as const;

/** `2 h 5 min`: the two largest units, rounded up to the smaller; `0 s` for nothing. */
export function lasting(ms: number): string {
  let rest = Math.max(0, Math.ceil(ms / 1_000)) * 1_000;
  const first = steps.findIndex(([size]) => rest >= size);
  if (first < 0) return "0 s";
  const parts: string[] = [];
  for (const [size, name] of steps.slice(first, first + 2)) {
    const whole = Math.floor(rest / size);
    if (whole > 0) parts.push(`${whole} ${name}`);
    rest -= whole * size;
  }
  return parts.join(" ");
}

/** When nothing of a limit is used any more, as what follows "Whole again": `in 5 min`, or `now`. */
export function wholeAgain(ms: number): string {
  return ms > 0 ? `in ${lasting(ms)}` : "now: it is whole";
}

/** `22 Nov 2026, 16:59 UTC`: what is shown where no script puts it into the viewer's zone. */
export function utc(ms: number): string {
  return `${instant.format(ms)} UTC`;
}
