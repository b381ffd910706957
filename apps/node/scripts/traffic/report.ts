/** The tables at the end of a replay. */

import type { Tally } from "./tally.ts";

const most = 10;

/** Every table, one line after the other. */
export function reportLines(tally: Tally): string[] {
  const { all, limiters, addresses, readers, statuses, tookMs, latestMs, unanswered } = tally;
  const byTotal = <T extends { readonly total: number }>(counts: ReadonlyMap<string, T>) =>
    [...counts].sort(([, a], [, b]) => b.total - a.total).slice(0, most);
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => ms(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  const other = new Set([200, 304, 429]);

  return [
    ...table(
      ["requests", "allowed", "denied", "unanswered"],
      [["", number(all.total - all.denied), number(all.denied), number(unanswered)]],
    ),
    ...table(
      ["by limiter", "allowed", "denied"],
      byTotal(limiters).map(([name, { total, denied }]) => [name, number(total - denied), number(denied)]),
    ),
    ...table(
      [`by address (${Math.min(most, addresses.size)} of ${number(addresses.size)})`, "allowed", "denied"],
      byTotal(addresses).map(([name, { total, denied }]) => [name, number(total - denied), number(denied)]),
    ),
    ...table(
      [`by reader (${Math.min(most, readers.size)} of ${number(readers.size)})`, "200", "304", "429", "other"],
      byTotal(readers).map(([name, read]) => {
        const of = (status: number) => read.statuses.get(status) ?? 0;
        const rest = read.total - [...other].reduce((sum, status) => sum + of(status), 0);
        return [name, number(of(200)), number(of(304)), number(of(429)), number(rest)];
      }),
    ),
    ...table(
      ["status", "answers"],
      [...statuses].sort(([a], [b]) => a - b).map(([status, answers]) => [String(status), number(answers)]),
    ),
    ...table(
      ["latency in ms", "p50", "p95", "p99", "max", "sent late by"],
      [["", at(0.5), at(0.95), at(0.99), ms(sorted.at(-1) ?? 0), `≤ ${ms(latestMs)}`]],
    ),
  ];
}

/** Columns as wide as their widest cell, the first to the left and the rest to the right; a blank line before it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("   ")
      .trimEnd();
  return ["", line(head), widths.map((width) => "─".repeat(width)).join("   "), ...rows.map(line)];
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function ms(value: number): string {
  return value.toFixed(1);
}
