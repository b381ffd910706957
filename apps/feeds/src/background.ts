/** Work that goes on after an answer. */

/** Runs a task after the response, and keeps the process alive until it is done: `waitUntil` on Workers. */
export type Background = (task: () => Promise<void>) => void;
