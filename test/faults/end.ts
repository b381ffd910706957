/** How a process that a test has started ends, whatever it is doing. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Kills it, and resolves when it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
