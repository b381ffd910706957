/** Three hundred prospects and eighty mails in two days of two minutes: `npm run demo:outbound`. Kill it, start it again. */

import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LocalTime } from "@sluice/outbound";
import { clockOf, dayOf } from "./demo/calendar.ts";
import { redrawMs } from "./demo/drawing.ts";
import { sayStopped, saySummary, stopSignal, toItsEnd } from "./demo/ending.ts";
import { type Smtp, startSmtp } from "./demo/smtp.ts";
import { virtualTime } from "./demo/virtual-time.ts";
import { type Folder, openFolder } from "./demo-outbound/folder.ts";
import { type Ledger, openLedger } from "./demo-outbound/ledger.ts";
import { looking } from "./demo-outbound/looking.ts";
import { mostAtOnceMs, startMs } from "./demo-outbound/offer.ts";
import { type OutboundDemoOptions, readOptions } from "./demo-outbound/options.ts";
import { allFound, mailed } from "./demo-outbound/outreach.ts";
import { openProduct, type Product } from "./demo-outbound/product.ts";
import { screenFor } from "./demo-outbound/screen.ts";
import { startServices } from "./demo-outbound/services.ts";
import { summary } from "./demo-outbound/summary.ts";
import { traffic } from "./demo-outbound/traffic.ts";

/** How long the leases of a killed run last, in milliseconds of the wall. */
const leaseMs = 1_500;

const stop = stopSignal();

await toItsEnd(() => demo(readOptions(process.argv.slice(2))));

interface Stage {
  readonly folder: Folder;
  readonly ledger: Ledger;
  readonly smtp: Smtp;
  readonly product: Product;
  readonly prospects: number;
  readonly runs: { readonly earlier: number; readonly killed: number };
}

async function demo({ speed, fresh, data, prospects: wished }: OutboundDemoOptions): Promise<void> {
  // Paths are relative to where npm was called.
  const own = fileURLToPath(new URL("../data/demo-outbound", import.meta.url));
  const folder = await openFolder(data === undefined ? own : resolve(process.env["INIT_CWD"] ?? "", data), fresh);
  const { records } = folder;
  const closing: (() => unknown)[] = [() => records.close()];
  try {
    const prospects = records.size(wished);
    const runs = records.begin();
    for (const line of greeting(folder, { ...runs, speed, prospects })) console.log(line);

    let nowMs = (): number => startMs;
    const smtp = await startSmtp(folder.smtp, () => nowMs());
    closing.push(() => smtp.stop());
    const ledger = openLedger(folder.services);
    closing.push(() => ledger.close());
    const busy = traffic();
    const time: LocalTime = virtualTime(lastInstant(folder, smtp, ledger), speed, () =>
      busy.isOn() ? mostAtOnceMs.working : mostAtOnceMs.idle,
    );
    nowMs = time.now;
    const services = await startServices({ ledger, time, prospects });
    closing.push(() => services.stop());
    const ttlMs = leaseMs * speed;
    const { urls } = services;
    // What goes wrong on the way is on the screen and in the summary.
    const logger = { info() {}, warn() {}, error() {} };
    const product = await openProduct({
      folder,
      urls,
      smtpPort: smtp.port,
      prospects,
      time,
      ttlMs,
      logger,
      traffic: busy,
    });
    closing.push(() => product.close());

    const look = looking({ records, ledger, services, smtp, product, time, speed, prospects });
    await untilDone(product, look);
    records.end(!stop.aborted);
    if (stop.aborted) sayStopped(stop, time.now());
    else await report({ folder, ledger, smtp, product, prospects, runs });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** The demo itself: until nothing is left to do, somebody stops it, or something cannot be mended. */
async function untilDone(product: Product, look: ReturnType<typeof looking>): Promise<void> {
  const screen = screenFor(process.stdout);
  const show = async (): Promise<boolean> => {
    const view = await look();
    screen.show(view);
    return view.isOver;
  };
  let isOver = false;
  product.start();
  try {
    const showing = (async () => {
      while (!stop.aborted && !isOver && !(await show())) await sleep(redrawMs);
    })();
    await Promise.race([showing, product.failed]);
  } finally {
    isOver = true;
    await product.stop();
    await show();
  }
}

/** Time never goes back: it goes on from the last instant that anybody knows of. */
function lastInstant({ records }: Folder, smtp: Smtp, ledger: Ledger): number {
  const [call, mail] = [ledger.calls().at(-1), smtp.accepted().at(-1)];
  return Math.max(startMs, records.instant() ?? 0, call?.atMs ?? 0, mail?.atMs ?? 0);
}

function greeting(
  { records, goesOn }: Folder,
  {
    lastKilled,
    speed,
    prospects,
  }: { readonly lastKilled: boolean; readonly speed: number; readonly prospects: number },
): string[] {
  if (!goesOn) {
    return [
      `${prospects} prospects, fifty every three hours, and mails to those who can be reached. Four services that fail now and`,
      `then and ban offenders; 100 calls an hour, 20 mails an hour. Kill it half-way, start it again. ${speed} times as fast.`,
    ];
  }
  const how = lastKilled ? "was killed" : "was stopped";
  const at = records.instant() ?? startMs;
  return [
    `Goes on where the run before ${how}: ${clockOf(at)} on ${dayOf(at)}, ${prospects} prospects. --fresh begins anew.`,
  ];
}

async function report({ folder, ledger, smtp, product, prospects, runs }: Stage): Promise<void> {
  const told = summary({
    prospects,
    calls: ledger.calls(),
    offences: ledger.offences(),
    found: await allFound(product.db),
    accepted: smtp.accepted(),
    counted: folder.records.counted(),
    ambiguous: (await mailed(product.db)).ambiguous,
    seen: folder.records.seen(),
    ...runs,
  });
  saySummary(told, "Nothing was banned, nothing was lost, no limit was broken.");
}
