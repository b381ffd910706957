/** Real time for tests of the ratelimit binding, whose simulated windows begin whenever the clock's seconds divide by ten. */

import { reset } from "cloudflare:test";

const windowMs = 10_000;
let sleeps = 0;

/** Really waits. */
export function sleep(ms: number): Promise<void> {
  sleeps++;
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Runs a test that counts within one window.
 *
 * Across the end of a window what fitted once fits again, so a test that failed there has shown nothing: it is run once
 * more, in a window of its own. One that waits for a window on purpose is not.
 */
export async function inOneWindow(run: () => Promise<void>): Promise<void> {
  await atLeast(1_000);
  const [window, slept] = [windowNow(), sleeps];
  try {
    await run();
  } catch (error) {
    if (windowNow() === window || sleeps !== slept) throw error;
    // At once: it does not reach counters that have been idle for ten seconds.
    await reset();
    await atLeast(windowMs - 500);
    await run();
  }
}

function windowNow(): number {
  return Math.floor(Date.now() / windowMs);
}

/** Waits for the next window unless this one lasts so long. */
async function atLeast(ms: number): Promise<void> {
  const left = windowMs - (Date.now() % windowMs);
  if (left < ms) await new Promise((resolve) => setTimeout(resolve, left + 20));
}
