/** What a measure gives: rows of the table, and under them the raw numbers they were made from. */

/** One line of the table. */
export interface Row {
  readonly measure: string;
  readonly against: string;
  readonly measured: string;
  readonly reach: string;
  /** Absent where nothing is to be reached. */
  readonly met?: boolean;
}

export interface Result {
  readonly rows: readonly Row[];
  /** The numbers behind the rows, one contender a line. */
  readonly raw: readonly string[];
}

/** Measures and reports; throws only where something is wrong rather than slow. */
export type Measure = () => Promise<Result>;

/** What to reach: a factor that the median may not be below (`least`) or above (`most`). */
export type Reach = { readonly least: number } | { readonly most: number };

/** A row that compares, from one ratio a round. */
export function ratioRow(measure: string, against: string, ratios: readonly number[], reach: Reach): Row {
  const middle = median(ratios);
  const spread = ratios.length === 1 ? "" : ` (${factor(Math.min(...ratios))}–${factor(Math.max(...ratios))})`;
  return {
    measure,
    against,
    measured: `${factor(middle)}×${spread}`,
    reach: "least" in reach ? `≥ ${reach.least}×` : `≤ ${reach.most}×`,
    met: "least" in reach ? middle >= reach.least : middle <= reach.most,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly Row[]): string {
  const head = ["measure", "against", "measured: median (min–max)", "reach", "met?"];
  const met = ({ met }: Row): string => (met === undefined ? "–" : met ? "yes" : "NO");
  const cells = rows.map((row) => [row.measure, row.against, row.measured, row.reach, met(row)]);
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)));
  const line = (texts: readonly string[]) => `| ${texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}

function factor(ratio: number): string {
  return ratio.toFixed(Math.abs(ratio) < 10 ? 2 : 1);
}
