/** Measures side by side with peers and prints one table: `npm run bench`, or `npm run bench -- backends inbound/flood`. */

import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { type Measure, type Row, table } from "./measure.ts";
import { rounds } from "./rounds.ts";

/** Each is loaded when its turn comes, so that what one of them needs concerns no other. */
const measures: Readonly<Record<string, () => Promise<Measure>>> = {
  "inbound/decisions": async () => (await import("./inbound/decisions.ts")).decisions,
  "inbound/memory": async () => (await import("./inbound/memory.ts")).bytesPerKey,
  "inbound/middleware": async () => (await import("./inbound/middleware.ts")).middleware,
  "inbound/flood": async () => (await import("./inbound/flood.ts")).flood,
  "inbound/size": async () => (await import("./inbound/size.ts")).size,
  "backends/redis": async () => (await import("./backends/redis.ts")).redis,
  "backends/redis-cpu": async () => (await import("./backends/redis-cpu.ts")).redisCpu,
  "backends/durable-object": async () => (await import("./backends/durable-object.ts")).durableObject,
  "backends/sqlite": async () => (await import("./backends/sqlite.ts")).sqlite,
  "backends/upstash": async () => (await import("./backends/upstash.ts")).upstash,
  "backends/size": async () => (await import("./backends/size.ts")).size,
  "outbound/windows": async () => (await import("./outbound/windows.ts")).windows,
  "outbound/composite": async () => (await import("./outbound/composite.ts")).composite,
  "outbound/verbs": async () => (await import("./outbound/verbs.ts")).verbs,
  "outbound/pacing": async () => (await import("./outbound/pacing.ts")).pacing,
  "outbound/deadline": async () => (await import("./outbound/deadline.ts")).deadline,
  "outbound/fairness": async () => (await import("./outbound/fairness.ts")).fairness,
  "outbound/goodput": async () => (await import("./outbound/goodput.ts")).goodput,
  "outbound/wrong-limit": async () => (await import("./outbound/wrong-limit.ts")).wrongLimit,
  "outbound/processes": async () => (await import("./outbound/processes.ts")).processes,
  "outbound/outage": async () => (await import("./outbound/outage.ts")).outage,
  "outbound/idle": async () => (await import("./outbound/idle.ts")).idle,
  "outbound/overhead": async () => (await import("./outbound/overhead.ts")).overhead,
  "outbound/tests": async () => (await import("./outbound/tests.ts")).tests,
  "recording/decision": async () => (await import("./recording/decision.ts")).recordedDecision,
  "recording/request": async () => (await import("./recording/request.ts")).recordedRequest,
};

const wanted = process.argv.slice(2);
const chosen = Object.entries(measures).filter(
  ([path]) => wanted.length === 0 || wanted.some((name) => isIn(path, name)),
);
const unknown = wanted.filter((name) => !Object.keys(measures).some((path) => isIn(path, name)));

if (unknown.length > 0) {
  console.error(
    `There is no measure "${unknown[0]}"; there are inbound, backends, outbound, recording and ${Object.keys(measures).join(", ")}.`,
  );
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
  const failed: string[] = [];
  for (const [path, load] of chosen) {
    const begun = Date.now();
    try {
      const measure = await load();
      const result = await measure();
      console.log(`${path}, ${Math.round((Date.now() - begun) / 1_000)} s\n  ${result.raw.join("\n  ")}`);
      rows.push(...result.rows);
    } catch (error) {
      console.error(`${path} failed: ${error instanceof Error ? error.message : error}`);
      failed.push(path);
      process.exitCode = 1;
    }
  }
  console.log(`\n${table(rows)}\n`);
  const missed = rows.filter(({ met }) => met === false).length;
  const seconds = Math.round((Date.now() - started) / 1_000);
  const reached = rows.length > 0 ? "All reached" : "No rows";
  const verdict = missed > 0 ? `${missed} of ${rows.length} not reached` : reached;
  console.log(`${verdict}${failed.map((path) => `, ${path} failed`).join("")}, in ${seconds} s.`);
  // Speed is reported, never asserted; spent quota that comes back is a mistake.
  if (rows.some(({ reach, met }) => reach.includes("asserted") && met === false)) process.exitCode = 1;
}
