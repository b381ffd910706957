/** The folder in which the demo keeps what it knows: its queue, the counts, and what the SMTP server took. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mails } from "./offer.ts";
import { openRecords, type Records } from "./records.ts";

export interface Folder {
  readonly records: Records;
  /** Files of the others. */
  readonly limits: string;
  readonly smtp: string;
  /** Whether an earlier run left something to go on with. */
  readonly goesOn: boolean;
}

const names = ["queue.sqlite", "limits.sqlite", "smtp.sqlite"] as const;

/** A run keeps its clock ten times a second. */
const heartbeatMs = 500;

/**
 * Opens the folder; what a finished run left is forgotten, or with `fresh` what any did.
 *
 * @throws Error with the cure while another run works in it.
 */
export async function openFolder(path: string, fresh: boolean): Promise<Folder> {
  mkdirSync(path, { recursive: true });
  const [queue, limits, smtp] = names.map((name) => join(path, name)) as [string, string, string];
  let records = openRecords(queue, mails);
  const keptAtMs = records.keptAtMs();
  if (Math.abs(Date.now() - keptAtMs) < 2 * heartbeatMs) {
    await sleep(heartbeatMs);
    if (records.keptAtMs() !== keptAtMs) {
      records.close();
      throw new Error(`Another run works in ${path}. End it first, or give this one a folder: --data other`);
    }
  }
  if (fresh || records.isFinished()) {
    records.close();
    for (const file of [queue, limits, smtp]) {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    }
    records = openRecords(queue, mails);
  }
  return { records, limits, smtp, goesOn: records.instant() !== undefined };
}
