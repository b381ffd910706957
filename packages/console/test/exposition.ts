/** Reads Prometheus' text format 0.0.4 by its grammar, and refuses what Prometheus would. */

export interface ExposedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExposedFamily {
  readonly type: string;
  readonly help: string;
  readonly series: ExposedSeries[];
}

const escapes: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** Families by name, in their order. */
export function exposition(text: string): Map<string, ExposedFamily> {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ExposedFamily>();
  const seen = new Set<string>();
  let help: [name: string, text: string] | undefined;
  let current = "";
  for (const line of text.split("\n").slice(0, -1)) {
    const told = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (told?.[1] === "HELP") {
      help = [told[2] ?? "", told[3] ?? ""];
    } else if (told) {
      const [, , name = "", type = ""] = told;
      if (help?.[0] !== name || families.has(name)) throw new Error(`TYPE without HELP, or twice: ${line}`);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(type)) throw new Error(`no type: ${line}`);
      families.set(name, { type, help: help[1], series: [] });
      current = name;
    } else {
      const series = seriesOf(line);
      const family = families.get(current);
      const isOfFamily =
        series.name === current ||
        (family?.type === "histogram" && /^_(bucket|sum|count)$/.test(series.name.slice(current.length)));
      if (family === undefined || !isOfFamily) throw new Error(`no family: ${line}`);
      const identity = `${series.name} ${JSON.stringify(Object.entries(series.labels).sort())}`;
      if (seen.has(identity)) throw new Error(`twice: ${line}`);
      seen.add(identity);
      family.series.push(series);
    }
  }
  return families;
}

function seriesOf(line: string): ExposedSeries {
  const [start = "", name = "", brace] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{)?/.exec(line) ?? [];
  if (start === "") throw new Error(`no name: ${line}`);
  const labels: Record<string, string> = {};
  let at = start.length;
  if (brace !== undefined) {
    const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,|\})/y;
    for (let end = ","; end !== "}"; ) {
      label.lastIndex = at;
      const [all = "", key = "", value = "", last = ""] = label.exec(line) ?? [];
      if (all === "" || key in labels) throw new Error(`no label at ${at}: ${line}`);
      labels[key] = value.replace(/\\./g, (pair) => escapes[pair] ?? "");
      at += all.length;
      end = last;
    }
  }
  const value = /^ ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/.exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}
