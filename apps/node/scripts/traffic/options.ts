/** The command line of the traffic replay, checked. */

import { parseArgs } from "node:util";

export interface TrafficOptions {
  /** An access log; undefined: the sample. */
  readonly file: string | undefined;
  /** How many times faster than the log. */
  readonly speed: number;
  /** A running app; undefined: one of its own. */
  readonly url: string | undefined;
  /** Where the running app records its decisions. */
  readonly records: string | undefined;
}

export const usage = "npm run traffic -- [access log] [--speed 3600] [--url http://… [--records file]]";

/** @throws Error with one line that names the mistake and the cure. */
export function readOptions(args: readonly string[]): TrafficOptions {
  const { values, positionals } = parsed(args);
  const [file, ...more] = positionals;
  if (more.length > 0) throw new Error(`One access log at a time, and ${JSON.stringify(more[0])} is a second. ${cure}`);
  const speed = Number(values.speed);
  if (!(speed > 0 && speed <= 1e9)) {
    throw new Error(`--speed ${JSON.stringify(values.speed)} is no number above 0; try 3600, an hour in a second.`);
  }
  const { url, records } = values;
  if (url !== undefined && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    throw new Error(`--url ${JSON.stringify(url)} is no address of an app; try http://127.0.0.1:8787.`);
  }
  if (records !== undefined && url === undefined) {
    throw new Error("--records belongs to --url; an app of its own is recorded anyway.");
  }
  return { file, speed, url, records };
}

const cure = `Usage: ${usage}`;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        speed: { type: "string", default: "3600" },
        url: { type: "string" },
        records: { type: "string" },
      },
    });
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/, 1);
    throw new Error(`${sentence.replace(/\.$/, "")}. ${cure}`);
  }
}
