/** The app's life, the same in every runtime: settings, database, backend and address source are chosen here and nowhere else. */

import type { Backend } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { type Database, demoTokens, feedsApp, type Logger, seedHistory, seedMails, seedWhenEmpty } from "@sluice/feeds";
import { pino } from "pino";
import { type OpenBackend, openBackend } from "./backend.ts";
import { backgroundTasks } from "./background.ts";
import { openDatabase } from "./database.ts";
import { type Listen, listening } from "./listening.ts";
import { openOutbound } from "./outbound.ts";
import { type RecordFile, recorded, recordFile, rememberingClock } from "./recording.ts";
import { readSettings, type Settings } from "./settings.ts";
import { endSignal } from "./signals.ts";

/** Runs the app until it is told to end; what keeps it from starting is said in a line, and the process fails. */
export async function run(listen: Listen): Promise<void> {
  const read = readSettings(process.env);
  if ("mistakes" in read) refuse(...read.mistakes);
  else await runWith(read.settings, listen).catch((error: Error) => refuse(error.message));
}

/** Calls count in the minute in which they are written. */
const recordEveryMs = 30_000;

async function runWith(settings: Settings, listen: Listen): Promise<void> {
  const logger = pino({ level: settings.logLevel, base: null });
  const ending = endSignal();
  const { recordDecisions, unused, source, publicUrl } = settings;
  const closing: (() => void | Promise<void>)[] = [];
  try {
    const record = recordDecisions === undefined ? undefined : await recordFile(recordDecisions, lost(logger));
    if (record) closing.push(record.close);
    const { db, close } = openDatabase(settings.databasePath, settings.migrationsPath);
    closing.push(close);
    const opened = record ? recordedMemory(record) : await openBackend(settings.backend, logger);
    const { backend } = opened;
    closing.push(opened.close);
    if (unused.length > 0) logger.info({ unused, backend: backend.name }, "settings of other backends are not read");

    const isSeeded = settings.seed === "demo" && (await seedWhenEmpty(db));
    if (isSeeded) {
      await seedHistory(db, Date.now());
      logger.info("the database was empty: demo data added, and two days of history");
    }
    const tokens = await demoTokens(db);
    if (tokens.length > 0)
      logger.warn({ tokens }, "demo tokens open accounts here; SEED=none keeps them out of a new database");

    const choice = settings.backend;
    let soon = (): void => {};
    const onCounted = () => soon();
    const shared = { backend, db, logger, publicUrl };
    const outbound = await openOutbound({ ...shared, settings: settings.outbound, choice, onCounted });
    closing.push(outbound.close);
    if (isSeeded && outbound.counting) await demoMails(db, outbound.counting, logger);
    const background = backgroundTasks();
    closing.push(background.settled);
    const { bounces, health: jobsHealth, console: parts, counting: loginBackend } = outbound;
    const { allowPrivateFetch } = settings.outbound;
    const { metricsToken } = settings;
    const work = { background: background.run, bounces, jobsHealth, allowPrivateFetch, outbound: parts, loginBackend };
    const told = feedsApp({ ...shared, source, metricsToken, ...work });
    const { app, health, flush } = told;
    soon = told.soon;
    // A call that goes well tells nobody, and jobs may run for long.
    const recording = setInterval(() => void flush(), recordEveryMs);
    closing.push(() => {
      clearInterval(recording);
      return flush();
    });
    // Asked once by ourselves, so that a backend that does not answer is in the log before anybody depends on it.
    const { status } = await health();

    const { url, end } = await listening(listen, app.fetch, settings);
    logger.info({ url, database: settings.databasePath, backend: backend.name, limits: status }, "listening");
    if (tokens.includes("demo-admin")) logger.info({ url: `${url}/admin`, token: "demo-admin" }, "the console");
    outbound.start();

    logger.info({ signal: await ending }, "ending: no new requests, those under way are finished");
    await Promise.all([end(), outbound.stop()]);
  } finally {
    // What was opened last may still need what was opened before it.
    for (const close of closing.reverse()) await close();
  }
  logger.info("ended");
}

/** Nobody's start fails for a demo's mails. */
async function demoMails(db: Database, counting: Backend, logger: Logger): Promise<void> {
  await seedMails(db, counting, Date.now()).catch((error: Error) => {
    logger.info({ because: error.message }, "the demo begins without mails of today");
  });
}

/** Counts in this process, and writes every decision down. */
function recordedMemory(record: RecordFile): OpenBackend {
  const clock = rememberingClock();
  return { backend: recorded(memory({ clock }), clock, record.write), close() {} };
}

/** Serving goes on when its record does not. */
function lost(logger: Logger): (error: unknown) => void {
  return (error) => logger.error({ err: error }, "decisions are no longer recorded");
}

/** Says what is wrong, one line for each mistake, and fails without a stack. */
function refuse(...lines: readonly string[]): void {
  for (const line of lines) console.error(line);
  process.exitCode = 1;
}
