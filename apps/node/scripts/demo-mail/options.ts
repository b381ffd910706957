/** The command line of the mail demo. */

import { type DemoOptions, readDemoOptions } from "../demo/options.ts";

export const usage = "npm run demo:mail [-- --speed 600] [--fresh] [--data folder]";

/** @throws Error with one line that names the mistake and the cure. */
export function readOptions(args: readonly string[]): DemoOptions {
  return readDemoOptions(args, usage);
}
