/** The command line of the mail demo, checked. */

import { parseArgs } from "node:util";

export interface DemoOptions {
  /** How many times faster than the wall's the demo's clock goes. */
  readonly speed: number;
  /** Whether to forget what an earlier run left. */
  readonly fresh: boolean;
  /** Where everything is kept; undefined: the demo's own folder. */
  readonly data: string | undefined;
}

export const usage = "npm run demo:mail [-- --speed 600] [--fresh] [--data folder]";

/** @throws Error with one line that names the mistake and the cure. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parsed(args);
  const speed = Number(values.speed);
  // Slower, it would take hours; faster, machines are later with a mail than its hour can bear.
  if (!(speed >= 60 && speed <= 3_000)) {
    const cure = "try 600, ten minutes in a second.";
    throw new Error(`--speed ${JSON.stringify(values.speed)} is no number from 60 to 3000; ${cure}`);
  }
  return { speed, fresh: values.fresh, data: values.data };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        speed: { type: "string", default: "600" },
        fresh: { type: "boolean", default: false },
        data: { type: "string" },
      },
    });
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/, 1);
    throw new Error(`${sentence.replace(/\.$/, "")}. Usage: ${usage}`);
  }
}
