/** The log of reads as a file for spreadsheets: RFC 4180, read and sent in parts. */

import type { FeedAccessRow } from "./feeds-admin.ts";

/** Rows that are read at once. */
export const csvRows = 1_000;

/** Rows of a file at most: whole parts. */
const mostCsvRows = 100 * csvRows;

const header = [
  "id",
  "time",
  "feed id",
  "feed",
  "owner id",
  "owner",
  "address",
  "pseudonym",
  "user agent",
  "status",
  "decision",
];

/** A stream of UTF-8: the header, `first`, and what `next` answers with after the last row, until that is less than a part. */
export function csvOf(
  first: readonly FeedAccessRow[],
  next: (after: FeedAccessRow) => Promise<readonly FeedAccessRow[]>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let sent = 0;
  let last: FeedAccessRow | undefined;
  return new ReadableStream({
    async pull(controller) {
      const rows = last === undefined ? first : await next(last);
      const lines = rows.map((row) => line(cellsOf(row)));
      if (last === undefined) lines.unshift(line(header));
      sent += rows.length;
      last = rows.at(-1);
      if (lines.length > 0) controller.enqueue(encoder.encode(lines.join("")));
      if (rows.length < csvRows || sent >= mostCsvRows) controller.close();
    },
  });
}

function cellsOf(row: FeedAccessRow): readonly string[] {
  return [
    String(row.id),
    new Date(row.atMs).toISOString(),
    row.feedId,
    row.feedTitle ?? "",
    row.ownerId,
    row.ownerName ?? "",
    row.address,
    row.isPseudonym ? "yes" : "no",
    row.userAgent,
    String(row.status),
    row.decision,
  ];
}

function line(cells: readonly string[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/** One cell. What a spreadsheet would take for a formula gets an apostrophe, which it takes for text. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
