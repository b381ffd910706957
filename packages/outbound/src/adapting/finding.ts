/** How a limit is found out: what a refusal tells of it, and how it is tried whether there is more. Pure. */

/** What became of calls around a refusal, in units. */
export interface Seen {
  readonly accepted: number;
  readonly refused: number;
}

/** Refusals that tell of one overload: of calls that were sent before anybody held back. */
export interface Overload extends Seen {
  /** The limit that was kept then. */
  readonly from: number;
  /** The limit before a step up that has not proved itself. */
  readonly back?: number | undefined;
  /** Whether calls were held back within the window before it, so that what was accepted in it says less. */
  readonly wasHeld?: boolean | undefined;
  /** Overloads shortly before it; undefined for the first one since all that is configured was used. */
  readonly streak?: number | undefined;
  /** Whether there was another shortly before it, whatever it told. */
  readonly isAgain?: boolean | undefined;
}

/** A limit as it is kept, and when it may be raised. Instants by the clocks of those who write it. */
export interface Found {
  /** Units in the window; absent while all that is configured is used. */
  readonly limit?: number | undefined;
  /** When a step up may be taken. */
  readonly raiseAtMs?: number | undefined;
  /** The limit before the last step up, and when that has proved itself. */
  readonly raisedFrom?: number | undefined;
  readonly provenAtMs?: number | undefined;
  /** Steps that have succeeded in a row. */
  readonly raises: number;
  /** By how much the wait for the next step is longer than usual: doubled when one fails. */
  readonly caution: number;
}

export const nothingFound: Found = { raises: 0, caution: 1 };

/** A step that fails costs every caller a hold: so much of the time may be spent on that at most. */
const mostCautious = 8;

/** The share of what is configured that a first step is. */
const stepShare = 0.05;

/** With so large a share refused an overload is no accident. */
const plainShare = 0.1;

/** A step failed when what was accepted is at least so much of the limit before it; below, the limit itself has changed. */
const sameShare = 0.8;

/**
 * The units that an API seems to allow, after it refused some of those that were sent under the limit `from`; undefined where
 * it accepted nothing, which says that it is closed and not how much it allows.
 *
 * What it accepted within one window up to the refusal is just what it allows us; where it accepted more, since its windows
 * are not where ours are, the share that it accepted tells better. Never below half of the limit: one event may be chance.
 */
export function estimate(from: number, { accepted, refused }: Seen): number | undefined {
  if (accepted <= 0) return undefined;
  const share = (from * accepted) / (accepted + refused);
  return Math.max(1, Math.ceil(from / 2), Math.min(from - 1, Math.floor(Math.min(accepted, share) + 1e-9)));
}

/** The limit after an overload, as far as is known; a step that failed is taken back and no more. */
export function limitAfter(overload: Overload): number | undefined {
  const { from, back, wasHeld = false, streak, isAgain = false, accepted, refused } = overload;
  // All of it was accepted within one window: some calls were slow on their way and met those after them. Once that is chance.
  if (back === undefined && !isAgain && accepted >= from) return undefined;
  const found = estimate(from, overload);
  if (back !== undefined && (found === undefined || found >= back * sameShare)) return Math.min(back, from);
  if (found === undefined) return undefined;
  const isPlain = streak === undefined || (refused > 1 && refused >= (accepted + refused) * plainShare);
  if (isPlain && !wasHeld) return found;
  const least = from * (1 - stepShare * 2 ** Math.min(streak ?? 1, 3));
  return Math.max(1, found, Math.min(from - 1, Math.floor(least)));
}

/** Lowers to what an overload tells; heard again of the same one, corrects what was made of it. */
export function cut(found: Found, overload: Overload, now: number, everyMs: number, isNew: boolean): Found {
  const limit = limitAfter(overload);
  if (limit === undefined) return found;
  const failed = isNew && overload.back !== undefined;
  const caution = failed ? Math.min(mostCautious, found.caution * 2) : found.caution;
  return { limit, raiseAtMs: now + everyMs * caution, raises: 0, caution };
}

/** The next step up, if it is time for one: larger from step to step, while none fails. */
export function raise(found: Found, configured: number, now: number, everyMs: number, provenMs: number): Found {
  const { limit, raiseAtMs = 0, raises } = found;
  if (limit === undefined || limit >= configured || raiseAtMs > now) return found;
  const step = Math.max(1, Math.floor(configured * stepShare * 2 ** Math.min(raises, 10)));
  // A step that has proved itself makes the next one come sooner.
  const caution = raises > 0 ? Math.max(1, found.caution / 2) : found.caution;
  const nextMs = now + everyMs * caution;
  const next = limit + step;
  return {
    ...(next >= configured ? {} : { limit: next, raiseAtMs: nextMs }),
    raisedFrom: limit,
    provenAtMs: now + provenMs,
    raises: raises + 1,
    caution,
  };
}

/** How far apart steps up are: long enough for one to be judged, in milliseconds. */
export function raisesEvery(windowMs: number): number {
  return Math.max(windowMs, Math.min(600_000, Math.max(10_000, 30 * windowMs)));
}

/** When a step up that was taken now has proved itself, in milliseconds: a limit that is kept by windows shows at once. */
export function provenAfter(windowMs: number): number {
  return 3 * windowMs;
}

/** How long to hold where the API does not say: longer each time that it still refuses afterwards, in milliseconds. */
export function holdAfter(windowMs: number, row: number): number {
  return Math.min(300_000, Math.min(60_000, windowMs) * 2 ** Math.min(row - 1, 20));
}

/** The limit under what is announced: limits of windows comparable to ours, in units of ours; undefined for none. */
export function announcedLimit(
  limits: readonly { readonly limit: number; readonly windowMs: number }[],
  windowMs: number,
): number | undefined {
  const ours = limits
    .filter((one) => one.limit >= 1 && one.windowMs >= windowMs / 2 && one.windowMs <= windowMs * 2)
    .map((one) => Math.max(1, Math.floor((one.limit * windowMs) / one.windowMs + 1e-9)));
  return ours.length === 0 ? undefined : Math.min(...ours);
}
