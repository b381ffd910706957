/** Folders for what is written to be run: within the workspace, where its imports are found, and not for longer than it is needed. */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isRunning } from "@sluice/test-services/running";

const cache = fileURLToPath(new URL("../../node_modules/.cache/sluice/", import.meta.url));

/** Gives this process's folder of this name, made if need be, and removes those of processes that have ended. */
export function ownCache(name: string): string {
  const own = `${cache}${name}/${process.pid}`;
  mkdirSync(own, { recursive: true });
  for (const pid of readdirSync(cache + name)) {
    if (!isRunning(Number(pid))) rmSync(`${cache}${name}/${pid}`, { recursive: true, force: true });
  }
  return own;
}
