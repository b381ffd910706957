/** The record of who read which public feed: collected while answering, written after the answer is on its way. */

import type { Database } from "./database.ts";
import { type Logger, loggable } from "./logger.ts";
import { accessLog } from "./schema.ts";

export interface Access {
  readonly feedId: string;
  readonly atMs: number;
  readonly address: string;
  readonly userAgent: string;
  readonly status: number;
}

/** Runs a task after the response, and keeps the process alive until it is done: `waitUntil` on Workers. */
export type Background = (task: () => Promise<void>) => void;

/** D1 binds at most 100 values in a statement, and a row has five. */
const rowsPerStatement = 20;

/** When the database cannot keep up, the log forgets rather than the process running out of memory. */
const mostWaiting = 10_000;

/** The longest user agent that is kept; real ones stay below. */
const longestUserAgent = 512;

/** Makes the function that records one access. It takes no time of the request's own and never throws. */
export function accessRecorder(db: Database, background: Background, logger: Logger): (access: Access) => void {
  let waiting: Access[] = [];
  let forgotten = 0;

  // Many requests of one moment are written together; those that find nothing left to write are done at once.
  async function write(): Promise<void> {
    if (waiting.length === 0) return;
    const rows = waiting;
    waiting = [];
    if (forgotten > 0) logger.warn({ forgotten }, "the access log could not keep up");
    forgotten = 0;
    try {
      for (let start = 0; start < rows.length; start += rowsPerStatement) {
        await db.insert(accessLog).values(rows.slice(start, start + rowsPerStatement));
      }
    } catch (error) {
      logger.error({ ...loggable(error), accesses: rows.length }, "the access log could not be written");
    }
  }

  return (access) => {
    if (waiting.length >= mostWaiting) {
      forgotten++;
      return;
    }
    waiting.push({ ...access, userAgent: access.userAgent.slice(0, longestUserAgent) });
    background(write);
  };
}
