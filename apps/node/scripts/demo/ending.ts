/** How a demo ends: stopped by a signal, with a mistake, or with what came of it; its exit code says which. */

import { clockOf, dayOf } from "./calendar.ts";

/** Aborted by the signals that end a program; the reason is the signal's name. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort(signal));
  return stop.signal;
}

/** Runs the demo; what it fails with is told in a line. */
export async function toItsEnd(demo: () => Promise<void>): Promise<void> {
  try {
    await demo();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

/** Says that it was stopped, at this instant of its own clock. */
export function sayStopped(stop: AbortSignal, nowMs: number): void {
  const signal = stop.reason as "SIGINT" | "SIGTERM";
  console.log(`\nStopped by ${signal} at ${clockOf(nowMs)} on ${dayOf(nowMs)}. The next start goes on from here.`);
  process.exitCode = signal === "SIGINT" ? 130 : 143;
}

/** Says what came of it, and `praise` where nothing is broken. */
export function saySummary(
  { lines, broken }: { readonly lines: readonly string[]; readonly broken: readonly string[] },
  praise: string,
): void {
  for (const line of ["", ...lines, ""]) console.log(line);
  for (const line of broken) console.error(line);
  if (broken.length > 0) process.exitCode = 1;
  else console.log(`${praise} The next start begins anew.`);
}
