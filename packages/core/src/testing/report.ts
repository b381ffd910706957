/** What was proven, as a table: backend by algorithm, cases passed, failed and not claimed. */

import type { Algorithm } from "./shape.ts";

/** How one algorithm of one backend fared. Plain data, so that tallies of several processes can be put together. */
export interface Tally {
  readonly backend: string;
  readonly algorithm: Algorithm;
  readonly passed: number;
  readonly failed: number;
  readonly notClaimed: readonly { readonly name: string; readonly reason: string }[];
}

/** The table, and under it by name what was not claimed. */
export function table(tallies: readonly Tally[]): string {
  const rows = [
    ["backend", "algorithm", "passed", "failed", "not claimed"],
    ...tallies.map(({ backend, algorithm, passed, failed, notClaimed }) => {
      return [backend, algorithm, String(passed), String(failed), String(notClaimed.length)];
    }),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return [...lines, ...unclaimed(tallies)].join("\n");
}

/** One line for each thing that a backend does not claim, with the cases it would have had. */
function unclaimed(tallies: readonly Tally[]): readonly string[] {
  const byReason = new Map<string, Set<string>>();
  for (const { backend, notClaimed } of tallies) {
    for (const { name, reason } of notClaimed) {
      const heading = `${backend}: ${reason}`;
      const names = byReason.get(heading) ?? new Set();
      byReason.set(heading, names.add(name.slice(name.indexOf(": ") + 2)));
    }
  }
  return [...byReason].flatMap(([heading, names]) => ["", heading, ...[...names].map((name) => `  - ${name}`)]);
}
