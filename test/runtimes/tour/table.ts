/** The tour's table: a row for each visit and target, and where each target has counted. */

import type { Answer } from "../target.ts";
import type { Visit } from "./requests.ts";

/** What one target has answered. */
export interface Toured {
  readonly target: string;
  readonly counted: string;
  readonly visits: readonly { readonly visit: Visit; readonly answers: readonly Answer[] }[];
}

const heads = ["visitor", "asks", "at", "answered", "RateLimit, first", "RateLimit, last", "counted in"] as const;

/** Writes it down, in columns as wide as what stands in them. */
export function table(all: readonly Toured[]): string {
  const names = all[0]?.visits.map(({ visit }) => visit) ?? [];
  const body = names.flatMap((visit, index) =>
    all.map(({ target, counted, visits }, place) => {
      const answers = visits[index]?.answers ?? [];
      const shown = answers.map(({ headers }) => headers["ratelimit"]).filter((numbers) => numbers !== undefined);
      const lead = place === 0 ? [visit.name, `${visit.times}×`] : ["", ""];
      return [...lead, target, statuses(answers), ownOf(shown.at(0)), ownOf(shown.at(-1)), counted];
    }),
  );
  const rows = [[...heads], ...body];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join("  "));
  return lines.join("\n");
}

/** `60 × 200, 2 × 429`. */
function statuses(answers: readonly Answer[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`)
    .join(", ");
}

/** Of several policies the one that is the visitor's own: the address's would tell nothing here. */
function ownOf(numbers: string | undefined): string {
  const own = numbers?.split(", ").find((item) => !item.startsWith('"ip"'));
  return own ?? "–";
}
