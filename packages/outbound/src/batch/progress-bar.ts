/** A batch's progress in one line, and on a terminal one line that is written over. */

import type { Progress } from "./progress.ts";

export interface ProgressBarOptions {
  /**
   * The whole line's, in characters; at least 10. The bar takes what the numbers leave.
   * @default 60
   */
  readonly width?: number | undefined;
}

/** What a process writes to; Node's `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** A line such as `███████░░░  70 %  14/20  1 failed  2 m 10 s left`. Without a total there is no bar. */
export function progressBar(progress: Progress, { width = 60 }: ProgressBarOptions = {}): string {
  const { done, failed, total, running, etaMs, ended } = progress;
  const parts = [total === undefined ? `${done} done` : `${percent(done, total)} %  ${done}/${total}`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (!ended && running > 0) parts.push(`${running} running`);
  if (!ended && etaMs !== undefined) parts.push(`${lasting(etaMs)} left`);
  const numbers = parts.join("  ");
  const room = Math.max(10, Math.floor(width)) - numbers.length - 2;
  // A bar that shows nothing is no bar.
  if (total === undefined || room < 5) return numbers.slice(0, Math.max(10, Math.floor(width)));
  const filled = total === 0 ? room : Math.floor((Math.min(done, total) * room) / total);
  return `${"█".repeat(filled)}${"░".repeat(room - filled)}  ${numbers}`;
}

/** Writes over its line ten times a second at most. */
const redrawMs = 100;

/**
 * An `onProgress` that shows a bar: on a terminal one line that is written over, in a pipe or a log file a line for each tenth
 * that is done or, where nobody knows of how much, whenever twice as much is.
 */
export function showProgress(stream: ProgressStream): (progress: Progress) => void {
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  let told = -1;
  const redraw = (progress: Progress): void => {
    const { atMs, ended } = progress;
    if (!ended && atMs >= drawnAtMs && atMs - drawnAtMs < redrawMs) return;
    drawnAtMs = atMs;
    // A terminal that does not know its width says 0. One column is left free: a full line wraps. What the last line was longer is erased.
    const width = Math.min(stream.columns || 80, 80) - 1;
    stream.write(`\r${progressBar(progress, { width })}\u001b[K${ended ? "\n" : ""}`);
  };
  const tell = (progress: Progress): void => {
    const { done, total, ended } = progress;
    const step = total === undefined ? Math.floor(Math.log2(done + 1)) : Math.floor(percent(done, total) / 10);
    // The last line is that of the end.
    if (!ended && (step <= told || done === total)) return;
    told = step;
    stream.write(`${progressBar(progress, { width: 79 })}\n`);
  };
  return stream.isTTY === true ? redraw : tell;
}

/** Rounded down: 100 is said of nothing less. */
function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((done * 100) / total));
}

/** Seconds below two minutes, minutes below two hours. */
function lasting(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} m ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
