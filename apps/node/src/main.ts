/** The composition root on Node: settings, database, backend and address source are chosen here and nowhere else. */

import { memory } from "@sluice/core/memory";
import { demoTokens, feedsApp, type Logger, seedWhenEmpty } from "@sluice/feeds";
import { pino } from "pino";
import { backgroundTasks } from "./background.ts";
import { openDatabase } from "./database.ts";
import { closed, endSignal, listen } from "./listening.ts";
import { recorded, recordFile, rememberingClock } from "./recording.ts";
import { readSettings, type Settings } from "./settings.ts";

const read = readSettings(process.env);
if ("mistakes" in read) {
  refuse(...read.mistakes);
} else {
  await run(read.settings).catch((error: Error) => refuse(error.message));
}

async function run(settings: Settings): Promise<void> {
  const logger = pino({ level: settings.logLevel, base: null });
  const ending = endSignal();
  const { recordDecisions } = settings;
  const record = recordDecisions === undefined ? undefined : await recordFile(recordDecisions, lost(logger));
  const { db, close } = openDatabase(settings.databasePath, new URL("../../feeds/migrations/", import.meta.url));
  const background = backgroundTasks();
  try {
    if (settings.seed === "demo" && (await seedWhenEmpty(db))) logger.info("the database was empty: demo data added");
    const tokens = await demoTokens(db);
    if (tokens.length > 0)
      logger.warn({ tokens }, "demo tokens open accounts here; SEED=none keeps them out of a new database");

    const clock = rememberingClock();
    const backend = record ? recorded(memory({ clock }), clock, record.write) : memory();
    const { source, publicUrl } = settings;
    const app = feedsApp({ db, backend, source, publicUrl, logger, background: background.run });

    const { server, port } = await listen(app.fetch, settings);
    const url = `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`;
    logger.info({ url, database: settings.databasePath, backend: backend.name }, "listening");

    logger.info({ signal: await ending }, "ending: no new requests, those under way are finished");
    await closed(server);
  } finally {
    await background.settled();
    await record?.close();
    close();
  }
  logger.info("ended");
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
