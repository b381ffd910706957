/**
 * When requests have reached the API at the latest. Its window begins there, not where ours does: the first ones open
 * connections and arrive late, and those of the next window are as quick as ever, too quick for it.
 */

/** So long connections are kept for the next request, more or less, by whoever keeps them. */
const keptOpenMs = 4_000;

/** No connection takes longer to open, or hardly any. */
const openingMs = 1_000;

/** Limits above this are so finely spaced that a window's edge is none. */
const largestLimit = 10_000;

/**
 * The arrivals of one client's requests, as far as this process can tell. They are numbered in the order of their turns, in units
 * of the limit: those that cost less than one share a number.
 */
export class Arrivals {
  readonly #windowMs: number;
  readonly #limit: number;
  /** By when each of the last requests has arrived, as many as a window has room for. */
  #by: Float64Array | undefined;
  #next = 0;
  #earliestMs = Number.NEGATIVE_INFINITY;
  /** The most requests that were under way at once, in this and in the last span of time: so many connections are open. */
  #most = 0;
  #before = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;
  /** The quickest answer over an open connection. */
  #quickestMs = Number.POSITIVE_INFINITY;

  /** So many requests within so long, in milliseconds; a window without end is not looked at. */
  constructor(limit: number, windowMs: number) {
    this.#windowMs = windowMs;
    this.#limit = Number.isFinite(windowMs) && limit <= largestLimit ? limit : 0;
  }

  /** The earliest instant for the request that took its number last: when the one a whole limit before it leaves the window. */
  get earliestMs(): number {
    return this.#earliestMs;
  }

  /** Numbers a request that has its turn now. One of several units takes as many numbers; its own is the first. */
  next(units: number, nowMs: number): number {
    const number = this.#next;
    this.#next += units;
    const limit = this.#limit;
    if (limit === 0) return number;
    this.#by ??= new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
    for (let i = Math.ceil(number); i < this.#next; i++) {
      // Those before it have waited for those before that one.
      this.#earliestMs = Math.max(this.#earliestMs, (this.#by[i % limit] as number) + this.#windowMs);
      this.#by[i % limit] = Number.NEGATIVE_INFINITY;
    }
    // Nothing has arrived later than now: the clock was set back.
    if (this.#earliestMs > nowMs + this.#windowMs) {
      this.#by.fill(Number.NEGATIVE_INFINITY);
      this.#earliestMs = Number.NEGATIVE_INFINITY;
    }
    return number;
  }

  /** It is sent, with so many under way, itself included. Returns whether it has to open a connection. */
  sent(number: number, units: number, nowMs: number, underWay: number): boolean {
    const spanMs = nowMs - this.#sinceMs;
    // A clock that was set back begins another span.
    if (spanMs > keptOpenMs || spanMs < 0) {
      this.#before = spanMs > 2 * keptOpenMs ? 0 : this.#most;
      this.#most = 0;
      this.#sinceMs = nowMs;
    }
    const opens = underWay > Math.max(this.#most, this.#before);
    this.#most = Math.max(this.#most, underWay);
    this.#arrived(number, units, nowMs);
    return opens;
  }

  /** It was answered, or failed: it has arrived by then, if it ever did. */
  answered(number: number, units: number, sentMs: number, nowMs: number, opened: boolean): void {
    const tookMs = Math.max(0, nowMs - sentMs);
    if (!opened) {
      this.#quickestMs = Math.min(this.#quickestMs, tookMs);
      return;
    }
    // What an answer needs at least it needed here, too; and what takes longer is the API's work.
    const arrivedMs = Math.min(openingMs, tookMs - (this.#quickestMs <= tookMs ? this.#quickestMs : 0));
    this.#arrived(number, units, sentMs + arrivedMs);
  }

  #arrived(number: number, units: number, byMs: number): void {
    const limit = this.#limit;
    // Somebody else has its place in the window by now.
    if (limit === 0 || this.#by === undefined || number + limit < this.#next) return;
    for (let i = Math.floor(number); i < number + units; i++) {
      this.#by[i % limit] = Math.max(this.#by[i % limit] as number, byMs);
    }
  }
}
