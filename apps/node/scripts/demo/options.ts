/** The command line that demos share, checked. */

import { parseArgs } from "node:util";

export interface DemoOptions {
  /** How many times faster than the wall's the demo's clock goes. */
  readonly speed: number;
  /** Whether to forget what an earlier run left. */
  readonly fresh: boolean;
  /** Where everything is kept; undefined: the demo's own folder. */
  readonly data: string | undefined;
}

/** A whole number that a demo takes besides, with what it is when nobody says. */
export interface CountOption {
  readonly least: number;
  readonly most: number;
  readonly default: number;
}

/**
 * Reads the options of a demo; `usage` is the line that somebody is shown who gives others.
 *
 * @throws Error with one line that names the mistake and the cure.
 */
export function readDemoOptions<C extends string = never>(
  args: readonly string[],
  usage: string,
  counts: Readonly<Record<C, CountOption>> = {} as Readonly<Record<C, CountOption>>,
): DemoOptions & Readonly<Record<C, number>> {
  const values = parsed(args, usage, counts);
  const speed = Number(values["speed"]);
  // Slower, it would take hours; faster, machines cannot follow.
  if (!(speed >= 60 && speed <= 3_000)) {
    const cure = "try 600, ten minutes in a second.";
    throw new Error(`--speed ${JSON.stringify(values["speed"])} is no number from 60 to 3000; ${cure}`);
  }
  const counted = Object.entries<CountOption>(counts).map(([name, { least, most }]) => {
    const count = Number(values[name]);
    if (Number.isInteger(count) && count >= least && count <= most) return [name, count];
    throw new Error(`--${name} ${JSON.stringify(values[name])} is no whole number from ${least} to ${most}.`);
  });
  const data = values["data"] as string | undefined;
  return { speed, fresh: values["fresh"] === true, data, ...Object.fromEntries(counted) };
}

function parsed(args: readonly string[], usage: string, counts: Readonly<Record<string, CountOption>>) {
  const numbers = Object.entries(counts).map(([name, count]) => {
    return [name, { type: "string" as const, default: String(count.default) }] as const;
  });
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        speed: { type: "string", default: "600" },
        fresh: { type: "boolean", default: false },
        data: { type: "string" },
        ...Object.fromEntries(numbers),
      },
    });
    return values as Readonly<Record<string, string | boolean | undefined>>;
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/, 1);
    throw new Error(`${sentence.replace(/\.$/, "")}. Usage: ${usage}`);
  }
}
