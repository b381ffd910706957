/** Taking a name, by what is to happen while somebody else has it. */

import type { LeaseAnswer } from "@sluice/core/engine";
import { noted } from "../records/record.ts";
import type { LocalTime } from "../time/local-time.ts";
import { type Steady, steady } from "../time/steady.ts";
import { type AskLease, type Holding, hold } from "./holding.ts";
import type { LeaseOptions, NotRun } from "./job.ts";
import { begun, type RunNote } from "./run-note.ts";

/** What taking needs to know of the factory. */
export interface Taking {
  readonly ask: AskLease;
  readonly time: LocalTime;
  /** Resolves as soon as the run of this fence has told its end or the signal is aborted, and after `ms` anyway. */
  waitForEnd(name: string, fence: number, ms: number, signal: AbortSignal): Promise<void>;
}

export interface Taken {
  readonly holding: Holding;
  readonly note: RunNote;
}

export interface Refused {
  readonly because: NotRun;
  readonly heldForMs?: number | undefined;
}

/** How often a race for a free name is run again before it counts as held. */
const races = 4;

/** The name under which the backend knows a job's lease, and that of the caller who waits for it. */
export const leaseKey = (name: string): string => `sluice/lease/${name}`;
const queueKey = (name: string): string => `sluice/queue/${name}`;

/** Looks and takes by compare-and-set, so that the note is never written over one that was not read. */
export async function take(
  taking: Taking,
  name: string,
  ttlMs: number,
  options: LeaseOptions,
): Promise<Taken | Refused> {
  const now = steady(taking.time);
  const { overlap = "skip" } = options;
  if (overlap === "queue-one") return await takeInTurn(taking, name, ttlMs, options, now);
  let seen = await taking.ask({ name: leaseKey(name), verb: "look" });
  for (let race = 0; race < races; race++) {
    const next = await tryToTake(taking, name, ttlMs, options, now, seen);
    if (!("answer" in next)) return next;
    seen = next.answer;
  }
  return { because: "held", heldForMs: seen.leftMs };
}

/** Takes the name if nobody has it, or if it is to be taken over; what it saw instead where another was faster. */
async function tryToTake(
  { ask, time, waitForEnd }: Taking,
  name: string,
  ttlMs: number,
  { overlap, instantMs, by, signal }: LeaseOptions,
  now: Steady,
  seen: LeaseAnswer,
): Promise<Taken | Refused | { readonly answer: LeaseAnswer }> {
  const last = noted<RunNote>(seen.note);
  if (instantMs !== undefined && instantMs <= (last?.lastInstantMs ?? Number.NEGATIVE_INFINITY)) {
    return { because: "done" };
  }
  const isHeld = seen.leftMs > 0;
  if (isHeld && overlap !== "cancel-previous") return { because: "held", heldForMs: seen.leftMs };
  const waitMs = isHeld ? Math.max(seen.leftMs, last?.waitMs ?? 0) : undefined;
  const note = begun(last, { by, startedAtMs: time.now(), instantMs, waitMs });
  const askedAtMs = now();
  const key = leaseKey(name);
  const answer = await ask({ name: key, verb: "take", ttlMs, after: seen.fence, note: JSON.stringify(note) });
  if (!answer.granted) return { answer };
  const holding = hold({ ask, time, now, key, name, ttlMs, fence: answer.fence, askedAtMs });
  if (waitMs === undefined) return { holding, note };
  await waitForEnd(name, seen.fence, waitMs, AbortSignal.any([holding.signal, ...(signal ? [signal] : [])]));
  // Its end is not told: the run before it may go on, and whoever took over waits for that one as long as it would have.
  return holding.lost()?.because === "taken" ? { because: "cancelled" } : { holding, note };
}

/**
 * Takes the name, or the one place in front of it and then the name. Whoever comes while the place is taken is skipped, also
 * where the name has just become free: it is the waiting caller's turn.
 */
async function takeInTurn(
  taking: Taking,
  name: string,
  ttlMs: number,
  options: LeaseOptions,
  now: Steady,
): Promise<Taken | Refused> {
  const { ask, time } = taking;
  const { maxWaitMs = Number.POSITIVE_INFINITY, signal } = options;
  const giveUpAtMs = now() + maxWaitMs;
  const [seen, queue] = await Promise.all([
    ask({ name: leaseKey(name), verb: "look" }),
    ask({ name: queueKey(name), verb: "look" }),
  ]);
  if (queue.leftMs > 0) return { because: "queued", heldForMs: seen.leftMs };
  let next = await tryToTake(taking, name, ttlMs, options, now, seen);
  let heldForMs = heldFor(next);
  if (heldForMs === undefined) return next as Taken | Refused;

  // Ours for as long as the sleep, and as much longer as the job may take: a waiting process that dies leaves it at last.
  const placeMs = (): number => Math.ceil((heldForMs ?? 0) + ttlMs);
  const place = await ask({ name: queueKey(name), verb: "take", ttlMs: placeMs() });
  if (!place.granted) return { because: "queued", heldForMs };
  let { fence } = place;
  try {
    for (;;) {
      const patienceMs = giveUpAtMs - now();
      if (patienceMs <= 0) return { because: "held", heldForMs };
      await time.sleep(Math.min(heldForMs, patienceMs), signal);
      next = await tryToTake(taking, name, ttlMs, options, now, await ask({ name: leaseKey(name), verb: "look" }));
      heldForMs = heldFor(next);
      if (heldForMs === undefined) return next as Taken | Refused;
      const kept = await ask({ name: queueKey(name), verb: "renew", ttlMs: placeMs(), fence });
      if (kept.granted) continue;
      const again = await ask({ name: queueKey(name), verb: "take", ttlMs: placeMs() });
      if (!again.granted) return { because: "queued", heldForMs };
      fence = again.fence;
    }
  } finally {
    await ask({ name: queueKey(name), verb: "renew", ttlMs: 0, fence }).catch(() => {});
  }
}

/** For how long somebody else has the name; undefined when there is nothing to wait for. */
function heldFor(next: Taken | Refused | { readonly answer: LeaseAnswer }): number | undefined {
  if ("answer" in next) return next.answer.leftMs;
  return "because" in next && next.because === "held" ? (next.heldForMs ?? 0) : undefined;
}
