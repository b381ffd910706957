/** Measures side by side with peers and prints one table: `npm run bench`, or `npm run bench -- inbound/flood`. */

import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { decisions } from "./inbound/decisions.ts";
import { flood } from "./inbound/flood.ts";
import { bytesPerKey } from "./inbound/memory.ts";
import { middleware } from "./inbound/middleware.ts";
import { size } from "./inbound/size.ts";
import { type Measure, type Row, table } from "./measure.ts";
import { rounds } from "./rounds.ts";

const measures: Readonly<Record<string, Measure>> = {
  "inbound/decisions": decisions,
  "inbound/memory": bytesPerKey,
  "inbound/middleware": middleware,
  "inbound/flood": flood,
  "inbound/size": size,
};

const wanted = process.argv.slice(2);
const chosen = Object.entries(measures).filter(
  ([path]) => wanted.length === 0 || wanted.some((name) => isIn(path, name)),
);
const unknown = wanted.filter((name) => !Object.keys(measures).some((path) => isIn(path, name)));

if (unknown.length > 0) {
  console.error(`There is no measure "${unknown[0]}"; there are inbound and ${Object.keys(measures).join(", ")}.`);
  process.exitCode = 1;
} else {
  await measureAll();
}

/** Whether a path is what a name means: `inbound/flood` is in `inbound`, in `flood` and in itself. */
function isIn(path: string, name: string): boolean {
  return path === name || path.split("/").includes(name);
}

async function measureAll(): Promise<void> {
  const started = Date.now();
  const memory = (totalmem() / 2 ** 30).toFixed(1);
  console.log(
    `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${memory} GiB, Node ${process.version}`,
  );
  console.log(`Load ${loadavg()[0]?.toFixed(2)} before the start: what else runs shows in the spread.`);
  console.log(
    `Each contender has a process of its own; ${rounds} rounds in turn; a ratio is taken within each round.\n`,
  );
  const rows: Row[] = [];
  for (const [path, measure] of chosen) {
    try {
      const result = await measure();
      console.log(result.raw.join("\n"));
      rows.push(...result.rows);
    } catch (error) {
      console.error(`${path} failed: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
  console.log(`\n${table(rows)}\n`);
  const missed = rows.filter(({ met }) => met === false).length;
  const seconds = Math.round((Date.now() - started) / 1_000);
  console.log(`${missed === 0 ? "All reached" : `${missed} of ${rows.length} not reached`}, in ${seconds} s.`);
  // Speed is reported, never asserted; spent quota that comes back is a mistake.
  if (rows.some(({ reach, met }) => reach.includes("asserted") && met === false)) process.exitCode = 1;
}
