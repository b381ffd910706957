/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Charts: numbers over time, drawn by the script, with the same numbers as a table for everybody. */

import { raw } from "hono/html";
import type { View } from "./frame.ts";
import { count, utc } from "./words.ts";

export interface Series {
  readonly label: string;
  /** Colours: `allowed`, `denied`, or a number from 1 to 6. */
  readonly ink: "allowed" | "denied" | 1 | 2 | 3 | 4 | 5 | 6;
  /** As many as there are instants; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  /** Says what is shown: the name of the figure and of its table. */
  readonly title: string;
  /** `bars` for counts in steps, stacked; `lines` for rates. */
  readonly kind: "bars" | "lines";
  readonly atMs: readonly number[];
  readonly series: readonly Series[];
  /** Of one value: `per second`. */
  readonly unit?: string;
  /** Where live numbers go on: the script's name for it. */
  readonly live?: string;
}

/** A figure; the page that has one asks for the charts' script (`charts: true` in show()). */
export function Chart(props: ChartProps): View {
  const { title, kind, atMs, series, unit } = props;
  return (
    <figure class="chart" data-chart={kind} data-live={props.live}>
      <figcaption class="unseen">{title}</figcaption>
      <div class="chart-room" aria-hidden="true" />
      <script type="application/json">{raw(jsonBlock({ atMs, series, unit }))}</script>
      <details class="chart-table">
        <summary>Numbers as a table</summary>
        <div class="table-room">
          <table class="plain">
            <caption class="unseen">{unit ? `${title}, ${unit}` : title}</caption>
            <tr>
              <th scope="col">Time</th>
              {series.map(({ label }) => (
                <th scope="col">{label}</th>
              ))}
            </tr>
            {atMs.map((at, i) => (
              <tr>
                <th scope="row">
                  <time datetime={`${new Date(at).toISOString().slice(0, 16)}Z`}>{utc(at)}</time>
                </th>
                {series.map(({ values }) => (
                  <td>{said(values[i])}</td>
                ))}
              </tr>
            ))}
          </table>
        </div>
      </details>
    </figure>
  );
}

function said(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : count(value);
}

/** JSON that ends no script element, whatever names are in it. */
export function jsonBlock(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A small curve within a line of text or a cell, made on the server; `label` says in words what it shows. */
export function Spark(props: { values: readonly number[]; label: string; at?: number | undefined }): View {
  const [width, height] = [120, 28];
  const most = Math.max(1, ...props.values);
  // Room for the circle at both ends.
  const edge = 4;
  const step = (width - 2 * edge) / Math.max(1, props.values.length - 1);
  const x = (i: number): string => (edge + i * step).toFixed(1);
  const y = (value: number): string => (height - edge - (value / most) * (height - 2 * edge)).toFixed(1);
  const line = props.values.map((value, i) => `${x(i)},${y(value)}`).join(" ");
  const here = props.at === undefined ? undefined : props.values[props.at];
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={props.label}
    >
      <polyline points={line} fill="none" />
      {here !== undefined && props.at !== undefined && <circle cx={x(props.at)} cy={y(here)} r="3" />}
    </svg>
  );
}
