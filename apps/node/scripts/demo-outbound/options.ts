/** The command line of the outbound demo. */

import { type DemoOptions, readDemoOptions } from "../demo/options.ts";
import { mostProspects } from "./world.ts";

export interface OutboundDemoOptions extends DemoOptions {
  /** How many prospects come in. */
  readonly prospects: number;
}

export const usage = "npm run demo:outbound [-- --speed 600] [--fresh] [--data folder] [--prospects 300]";

/** @throws Error with one line that names the mistake and the cure. */
export function readOptions(args: readonly string[]): OutboundDemoOptions {
  return readDemoOptions(args, usage, { prospects: { least: 10, most: mostProspects, default: 300 } });
}
