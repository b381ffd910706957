/** Replays an access log against the app over HTTP, and has every decision checked: `npm run traffic -- access.log`. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoggedRequest, type MalformedLine, readLog } from "./traffic/access-log.ts";
import { checkAddresses } from "./traffic/addresses.ts";
import { client } from "./traffic/client.ts";
import { readOptions, type TrafficOptions } from "./traffic/options.ts";
import { type OwnApp, startApp } from "./traffic/own-app.ts";
import { progress } from "./traffic/progress.ts";
import { readRecords } from "./traffic/records.ts";
import { mostInFlight, replay } from "./traffic/replay.ts";
import { reportLines } from "./traffic/report.ts";
import { sample } from "./traffic/sample.ts";
import { lengthMs, type Scheduled, schedule } from "./traffic/schedule.ts";
import { add, emptyTally, type Tally } from "./traffic/tally.ts";
import { isSound, verdictLines, verdictOn } from "./traffic/verdict.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort(signal));

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  fail((error as Error).message);
}
if (stop.signal.aborted) {
  console.error(`Stopped by ${stop.signal.reason}.`);
  process.exitCode = stop.signal.reason === "SIGINT" ? 130 : 143;
}

async function run(options: TrafficOptions): Promise<void> {
  const { requests, malformed } =
    options.file === undefined ? { requests: sample(), malformed: [] } : read(options.file);
  for (const line of malformedLines(malformed)) console.log(line);
  if (requests.length === 0) throw new Error(`${options.file} holds no request in the Combined Log Format.`);
  const scheduled = schedule(requests);
  await (options.url === undefined ? replayOwn(scheduled, options) : replayAt(options.url, scheduled, options));
}

/** Against an app of its own, whose record is complete once it has ended. */
async function replayOwn(scheduled: readonly Scheduled[], options: TrafficOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "traffic-"));
  const recordPath = join(folder, "decisions.jsonl");
  let app: OwnApp | undefined;
  try {
    app = await startApp(recordPath);
    let broken: string | undefined;
    void app.broken.then((reason) => {
      broken = reason;
      stop.abort("the end of the app");
    });
    const tally = await sent(app.url, scheduled, options);
    await app.stop();
    if (broken !== undefined) throw new Error(broken);
    if (stop.signal.aborted) return;
    report(tally);
    for (const line of app.errors().slice(0, 5)) fail(`The app logged an error: ${line}`);
    judge(recordPath, tally.unanswered === 0 ? tally.all.denied : undefined);
  } finally {
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Against an app that runs already and goes on running. */
async function replayAt(url: string, scheduled: readonly Scheduled[], options: TrafficOptions): Promise<void> {
  const probe = client(url, mostInFlight);
  await checkAddresses(probe, url).finally(() => probe.close());
  const tally = await sent(url, scheduled, options);
  if (stop.signal.aborted) return;
  report(tally);
  if (options.records === undefined) {
    console.log("\nNo verdict, for nothing was recorded: RECORD_DECISIONS=file npm start, then add --records file.");
    return;
  }
  // The app writes its last lines just after its last answers.
  await sleep(1_000);
  judge(options.records, undefined);
}

async function sent(url: string, scheduled: readonly Scheduled[], { file, speed }: TrafficOptions): Promise<Tally> {
  const [hours, seconds] = [lengthMs(scheduled) / 3_600_000, lengthMs(scheduled) / speed / 1_000];
  const what = `${scheduled.length.toLocaleString("en")} requests of ${hours} hours (${file ?? "a sample"})`;
  console.log(`${what} to ${url}, ${speed} times as fast: ${seconds.toFixed(1)} s`);
  const tally = emptyTally();
  const bar = progress(scheduled.length, process.stdout);
  const sender = client(url, mostInFlight);
  await replay(scheduled, sender, speed, stop.signal, (replayed) => {
    add(tally, replayed);
    bar.update(tally.all.total + tally.unanswered, tally.all.denied);
  });
  sender.close();
  bar.end();
  return tally;
}

function report(tally: Tally): void {
  for (const line of reportLines(tally)) console.log(line);
  if (tally.unanswered > 0) fail(`\n${tally.unanswered} requests got no answer.`);
}

function judge(path: string, refused: number | undefined): void {
  const verdict = verdictOn(readRecords(text(path)), refused);
  console.log("");
  for (const line of verdictLines(verdict)) console.log(line);
  if (!isSound(verdict)) process.exitCode = 1;
}

function read(file: string): { readonly requests: LoggedRequest[]; readonly malformed: MalformedLine[] } {
  return readLog(text(file));
}

/** Paths are relative to where npm was called. */
function text(file: string): string {
  try {
    return readFileSync(resolve(process.env["INIT_CWD"] ?? "", file), "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}). Give the path of a file.`);
  }
}

function malformedLines(malformed: readonly MalformedLine[]): string[] {
  if (malformed.length === 0) return [];
  const named = malformed.slice(0, 5).map(({ line, reason }) => `line ${line} (${reason})`);
  const more = malformed.length > named.length ? ` and ${malformed.length - named.length} more` : "";
  return [`Left out as malformed: ${named.join(", ")}${more}`];
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
