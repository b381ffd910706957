/** Draws every chart of the page by uPlot, whose script stands before this one where a page has charts. */

import type uPlotClass from "uplot";

declare const uPlot: typeof uPlotClass | undefined;

interface ChartData {
  readonly atMs: number[];
  readonly series: readonly {
    readonly label: string;
    readonly ink: string | number;
    readonly values: (number | null)[];
  }[];
  readonly unit?: string;
}

/** A chart that is drawn: more points may come to it. */
export interface Drawn {
  readonly data: ChartData;
  draw(): void;
}

const drawn = new Map<HTMLElement, Drawn>();

/** The chart of a name, for whoever brings live numbers. */
export function chartOf(live: string): Drawn | undefined {
  return [...drawn].find(([figure]) => figure.dataset["live"] === live)?.[1];
}

export function drawCharts(): void {
  for (const figure of document.querySelectorAll<HTMLElement>("figure[data-chart]")) {
    const room = figure.querySelector<HTMLElement>(".chart-room");
    if (typeof uPlot === "undefined" || !room) {
      figure.classList.add("no-charts");
      continue;
    }
    const data = JSON.parse(figure.querySelector("script")?.textContent ?? "{}") as ChartData;
    let plot: uPlotClass | undefined;
    const draw = (): void => {
      if (plot) plot.setData(values(data, isStacked), true);
    };
    const isStacked = figure.dataset["chart"] === "bars";
    const make = (): void => {
      plot?.destroy();
      plot = new uPlot(optionsOf(data, room, isStacked), values(data, isStacked), room);
    };
    make();
    new ResizeObserver(() => plot?.setSize(sizeOf(room))).observe(room);
    document.addEventListener("themechange", make);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);
    drawn.set(figure, { data, draw });
  }
}

/** Stacked, the first series stands at the bottom: each is drawn from zero, the topmost first, so that the lower ones cover it. */
function values({ atMs, series }: ChartData, isStacked: boolean): uPlotClass.AlignedData {
  const rows = isStacked
    ? series
        .map((_, upTo) => atMs.map((_at, i) => sum(series.slice(0, upTo + 1).map(({ values }) => values[i] ?? 0))))
        .reverse()
    : series.map(({ values }) => values);
  return [atMs.map((at) => at / 1_000), ...rows];
}

function optionsOf(data: ChartData, room: HTMLElement, isStacked: boolean): uPlotClass.Options {
  const span = (data.atMs.at(-1) ?? 0) - (data.atMs[0] ?? 0);
  const half = span / Math.max(1, data.atMs.length - 1) / 2_000;
  const clock = new Intl.DateTimeFormat(undefined, {
    ...(span > 86_400_000 && { month: "short", day: "numeric" }),
    ...(span <= 7 * 86_400_000 && { hour: "2-digit", minute: "2-digit" }),
  });
  const time = (seconds: number): string => clock.format(seconds * 1_000);
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = { stroke: colour("--quiet"), grid, ticks: grid, font: "12px system-ui, sans-serif" };
  const series = isStacked ? [...data.series].reverse() : data.series;
  const paths = isStacked ? uPlot?.paths.bars?.({ size: [0.8, 60], radius: 0.15 }) : undefined;
  return {
    ...sizeOf(room),
    cursor: { drag: { x: false, y: false } },
    scales: {
      // Half a step more at both ends, where the first and the last bar have their halves.
      ...(isStacked && { x: { range: (_plot, min, max) => [min - half, max + half] } }),
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, space: 70, values: (_plot, splits) => splits.map(time) },
      { ...axis, size: 56, space: 36, values: (_plot, splits) => splits.map(short) },
    ],
    series: [
      { label: "Time", value: (_plot, seconds) => (seconds === null || seconds === undefined ? "" : time(seconds)) },
      ...series.map(({ label, ink, values: own }): uPlotClass.Series => {
        const line = colour(inkOf(ink));
        return {
          label,
          stroke: line,
          width: isStacked ? 0 : 2,
          ...(isStacked ? { fill: line } : { fill: `color-mix(in srgb, ${line} 12%, transparent)` }),
          ...(paths && { paths }),
          points: { show: false },
          value: (_plot, shown, _series, i) => say(isStacked && i !== null ? (own[i ?? -1] ?? null) : shown, data.unit),
        };
      }),
    ],
  };
}

function sizeOf(room: HTMLElement): { width: number; height: number } {
  return { width: Math.max(200, room.clientWidth), height: 220 };
}

function inkOf(ink: string | number): string {
  return ink === "allowed" ? "--ink-1" : ink === "denied" ? "--ink-2" : `--ink-${ink}`;
}

/** A canvas knows no variables and no light-dark(): the browser is asked what comes of them. */
function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function short(value: number): string {
  return Intl.NumberFormat(undefined, { notation: value >= 10_000 ? "compact" : "standard" }).format(value);
}

function say(value: number | null | undefined, unit: string | undefined): string {
  // Where nobody points there is no value to be told.
  if (value === null || value === undefined) return "";
  return `${Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(value)}${unit ? ` ${unit}` : ""}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((whole, one) => whole + one, 0);
}
