/** The folder in which a demo keeps what it knows, for one run at a time. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunLog } from "./run-log.ts";

export interface DemoFolder<R> {
  readonly records: R;
  /** The paths of the other files, in the order of their names. */
  readonly paths: readonly string[];
  /** Whether an earlier run left something to go on with. */
  readonly goesOn: boolean;
}

export interface FolderOptions<R> {
  readonly path: string;
  /** Whether to forget what an unfinished run left. */
  readonly fresh: boolean;
  /** The file of the records, and those that are forgotten with it. */
  readonly files: readonly [records: string, ...others: string[]];
  readonly open: (path: string) => R;
}

/** A run keeps its clock ten times a second. */
const heartbeatMs = 500;

/**
 * Opens the folder; what a finished run left is forgotten, or with `fresh` what any did.
 *
 * @throws Error with the cure while another run works in it.
 */
export async function openDemoFolder<R extends RunLog & { close(): void }>(
  options: FolderOptions<R>,
): Promise<DemoFolder<R>> {
  const { path, fresh, files, open } = options;
  mkdirSync(path, { recursive: true });
  const [own, ...paths] = files.map((name) => join(path, name)) as [string, ...string[]];
  let records = open(own);
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
    for (const file of [own, ...paths]) {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
    }
    records = open(own);
  }
  return { records, paths, goesOn: records.instant() !== undefined };
}
