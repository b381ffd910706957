/** Eighty mails, four inboxes in warm-up, two days in less than a minute: `npm run demo:mail`. Kill it, start it again. */

import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { type SendUsage, sendQuota } from "@sluice/outbound";
import { dateOf } from "./demo/calendar.ts";
import { redrawMs } from "./demo/drawing.ts";
import { sayStopped, saySummary, stopSignal, toItsEnd } from "./demo/ending.ts";
import type { DemoOptions } from "./demo/options.ts";
import { type Smtp, startSmtp } from "./demo/smtp.ts";
import { virtualTime } from "./demo/virtual-time.ts";
import { type Folder, openFolder } from "./demo-mail/folder.ts";
import { inboxes, limits, startMs, timeZone, toleranceMs } from "./demo-mail/offer.ts";
import { readOptions } from "./demo-mail/options.ts";
import { screenFor } from "./demo-mail/screen.ts";
import { sending } from "./demo-mail/sending.ts";
import { summary } from "./demo-mail/summary.ts";

/** How long the lease of a killed run lasts, in milliseconds of the wall. */
const leaseMs = 1_500;

const stop = stopSignal();

await toItsEnd(() => demo(readOptions(process.argv.slice(2))));

async function demo({ speed, fresh, data }: DemoOptions): Promise<void> {
  // Paths are relative to where npm was called.
  const own = fileURLToPath(new URL("../data/demo-mail", import.meta.url));
  const folder = await openFolder(data === undefined ? own : resolve(process.env["INIT_CWD"] ?? "", data), fresh);
  const { records } = folder;
  try {
    const { killed, lastKilled } = records.begin();
    // Nothing is on its way when a run begins: what still seems to be was cut off by the end of the one before.
    for (const { id, state } of records.mails()) if (state === "sending") records.mark(id, "unknown");
    for (const line of greeting(folder, lastKilled, speed)) console.log(line);

    let nowMs = (): number => startMs;
    const smtp = await startSmtp(folder.smtp, () => nowMs());
    try {
      const time = virtualTime(lastInstant(folder, smtp), speed);
      nowMs = time.now;
      await untilSent(folder, smtp, time, speed);
      records.keepInstant(time.now());
      const isStopped = stop.aborted;
      records.end(!isStopped);
      if (isStopped) sayStopped(stop, time.now());
      else report(folder, smtp, killed);
    } finally {
      await smtp.stop();
    }
  } finally {
    records.close();
  }
}

/** The demo itself: the app, its backend and the server by one clock, until every mail is sent or somebody stops it. */
async function untilSent(
  folder: Folder,
  smtp: Smtp,
  time: ReturnType<typeof virtualTime>,
  speed: number,
): Promise<void> {
  const { records } = folder;
  const database = new DatabaseSync(folder.limits, { timeout: 5_000 });
  const backend = sqlite(database, onClock(time, { deadlineMs: 2_000 }));
  const quota = sendQuota({ backend, ...limits, timeZone, time, toleranceMs });
  const current = () => inboxes((address) => sentOn(folder, address));

  /** What the quota counts is written down while its day lasts. */
  const looked = async (): Promise<SendUsage> => {
    const usage = await quota.usage(current());
    for (const { id, date, used, limit } of usage.inboxes) records.count({ inbox: id, date, used, limit });
    return usage;
  };
  const sent = async (): Promise<void> => void (await looked());
  const job = sending({
    backend,
    quota,
    inboxes: current,
    records,
    time,
    port: smtp.port,
    ttlMs: leaseMs * speed,
    sent,
  });
  const screen = screenFor(process.stdout);
  const show = async (): Promise<void> => {
    const [usage, standing] = [await looked(), await job.standing()];
    records.keepInstant(time.now());
    screen.show({
      nowMs: time.now(),
      speed,
      usage,
      mails: records.mails(),
      accepted: smtp.accepted().length,
      standing,
    });
  };

  const shown = new AbortController();
  try {
    await job.start();
    const showing = (async () => {
      while (!shown.signal.aborted) {
        await show();
        await sleep(redrawMs);
      }
    })();
    const stopped = new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener("abort", () => resolve());
    });
    await Promise.race([job.done, stopped, showing]);
    shown.abort();
    await showing;
  } finally {
    await job.stop();
    await show();
    database.close();
  }
}

/** The days on which an inbox has sent, by the queue. */
function sentOn({ records }: Folder, address: string): string[] {
  return records.mails().flatMap(({ inbox, atMs }) => (inbox === address && atMs !== undefined ? [dateOf(atMs)] : []));
}

/** Time never goes back: it goes on from the last instant that anybody knows of. */
function lastInstant({ records }: Folder, smtp: Smtp): number {
  const mailed = records.mails().map(({ atMs = 0 }) => atMs);
  return Math.max(startMs, records.instant() ?? 0, ...mailed, ...smtp.accepted().map(({ atMs }) => atMs));
}

function greeting({ records, goesOn }: Folder, lastKilled: boolean, speed: number): string[] {
  if (!goesOn) {
    return [
      "Eighty mails, four inboxes. Their warm-up allows 5, 10, 15 and 20 of them today;",
      `no hour has more than 20. About ${Math.ceil(22_800 / speed)} s: kill it half-way, start it again.`,
    ];
  }
  const gone = records.mails().filter(({ state }) => state !== "queued").length;
  const how = lastKilled ? "was killed" : "was stopped";
  return [`Goes on where the run before ${how}: ${gone} of 80 mails have left. --fresh begins anew.`];
}

function report({ records }: Folder, smtp: Smtp, killed: number): void {
  const told = summary({
    accepted: smtp.accepted(),
    counted: records.counted(),
    mails: records.mails(),
    killed,
  });
  saySummary(told, "No limit was broken.");
}
