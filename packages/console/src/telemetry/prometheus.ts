/** The measures as Prometheus reads them: text exposition format 0.0.4. */

import { type Labels, type Measure, type MetricsSources, measures, type Readings, readingsOf } from "./measures.ts";

/** The content type of that text. */
export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The text of one scrape. Numbers are this process's: Prometheus adds those of several.
 *
 * Rejects where a source does.
 */
export async function prometheus(sources: MetricsSources): Promise<string> {
  const readings = await readingsOf(sources);
  return measures.flatMap((measure) => family(measure, linesOf(measure, readings))).join("");
}

/** What a measure says now, in an order that does not hang on who was counted first. */
function linesOf(measure: Measure, readings: Readings): string[] {
  const name = nameOf(measure);
  if (measure.kind !== "histogram") {
    return measure
      .read(readings)
      .map(({ labels, value }) => line(name, labels, value))
      .sort();
  }
  const groups = measure
    .read(readings)
    .map(({ labels, within, sum, count }) => [
      ...within.map((one) => line(`${name}_bucket`, { ...labels, le: number(one.bound) }, one.count)),
      line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
      line(`${name}_sum`, labels, sum),
      line(`${name}_count`, labels, count),
    ]);
  return groups.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)).flat();
}

function family(measure: Measure, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const name = nameOf(measure);
  return [`# HELP ${name} ${measure.help}\n`, `# TYPE ${name} ${measure.kind}\n`, ...oncePerSeries(lines)];
}

/** A series that came twice would make Prometheus refuse the whole scrape: two places may bear one title. */
function oncePerSeries(lines: readonly string[]): string[] {
  const series = new Map<string, string>();
  for (const text of lines) {
    const name = text.slice(0, text.lastIndexOf(" "));
    if (!series.has(name)) series.set(name, text);
  }
  return [...series.values()];
}

/** Units and the end of counters belong to the name. */
function nameOf({ name, unit, kind }: Measure): string {
  const words = [name.replaceAll(".", "_"), unit, kind === "counter" ? "total" : undefined];
  return words.filter((word) => word !== undefined).join("_");
}

function line(name: string, labels: Labels, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${written.length === 0 ? "" : `{${written.join(",")}}`} ${number(value)}\n`;
}

/** Names of plans and APIs are people's text. */
function escaped(text: string): string {
  return text.toWellFormed().replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function number(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
