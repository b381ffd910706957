/** Rows that wait to be written: what belongs to one row of the database is one here, and there is room for so many. */

import type { DecisionRow, DeniedKeyRow, KeyCountRow, RecordedRows, UserDenialRow } from "./recorded-rows.ts";
import type { FeedAccess, RecorderCounters } from "./recorder.ts";

/** Room for what a database that is away for hours leaves behind: rows of each table. */
export const roomFor = {
  decisions: 20_000,
  keyCounts: 50_000,
  deniedKeys: 5_000,
  userDenials: 5_000,
  accesses: 10_000,
} as const;

/** Characters of one statement's text, of three bytes at most: D1 takes no text of a megabyte. */
const textLength = 300_000;

/** Rows of one batch, as they travel. */
export interface TakenRows extends RecordedRows {
  readonly texts: Readonly<Record<keyof RecordedRows, string>>;
}

type Dropped = { -readonly [Kind in keyof RecorderCounters["dropped"]]: number };

/** Everything that is not yet in the database. */
export class WaitingRows {
  readonly #dropped: Dropped;
  readonly #decisions: Map<string, DecisionRow> = new Map();
  readonly #keyCounts: Map<string, KeyCountRow> = new Map();
  readonly #deniedKeys: Map<string, DeniedKeyRow> = new Map();
  #userDenials: UserDenialRow[] = [];
  #accesses: FeedAccess[] = [];

  /** @param dropped where what finds no room is counted */
  constructor(dropped: Dropped) {
    this.#dropped = dropped;
  }

  get isEmpty(): boolean {
    const { size } = this.#decisions;
    return size + this.#keyCounts.size + this.#deniedKeys.size + this.#userDenials.length + this.#accesses.length === 0;
  }

  /** Whether the rows of minutes find room; otherwise they are better left in their minutes. */
  get hasRoom(): boolean {
    return this.#decisions.size < roomFor.decisions && this.#keyCounts.size < roomFor.keyCounts;
  }

  /** Whether there was room for it. */
  addAccess(access: FeedAccess): boolean {
    const hasRoom = this.#accesses.length < roomFor.accesses;
    if (hasRoom) this.#accesses.push(access);
    else this.#dropped.accesses++;
    return hasRoom;
  }

  /** Adds rows to those that wait; for new ones, and for what could not be written. */
  add({ decisions, keyCounts, deniedKeys, userDenials, accesses }: Partial<RecordedRows>): void {
    // Those of minutes are let in by hasRoom, all or none: half of a histogram's move would be wrong.
    for (const row of decisions ?? []) {
      const known = this.#decisions.get(nameOf(row));
      if (known === undefined) this.#decisions.set(nameOf(row), row);
      else known.count += row.count;
    }
    for (const row of keyCounts ?? []) this.#addKeyCount(row);
    for (const row of deniedKeys ?? []) this.#addDeniedKey(row);
    for (const row of userDenials ?? []) {
      if (this.#userDenials.length < roomFor.userDenials) this.#userDenials.push(row);
      else this.#dropped.denials += row.times;
    }
    for (const access of accesses ?? []) this.addAccess(access);
  }

  /** Takes as many as go into one batch, and at most so many of each table. */
  take(most: number): TakenRows {
    const decisions = taken(this.#decisions.values(), most, (r) => [r.minuteMs, r.limiter, r.plan, r.outcome, r.count]);
    const keyCounts = taken(this.#keyCounts.values(), most, (r) => [
      r.minuteMs,
      r.limiter,
      r.plan,
      r.bucket,
      r.keys,
      r.hundredths,
    ]);
    const deniedKeys = taken(this.#deniedKeys.values(), most, (r) => [
      r.hourMs,
      r.limiter,
      r.key,
      r.denials,
      r.lastAtMs,
    ]);
    const userDenials = taken(this.#userDenials, most, (r) => [
      r.userId,
      r.atMs,
      r.limiter,
      r.limitUnits,
      r.retryAfterMs,
      r.times,
    ]);
    const accesses = taken(this.#accesses, most, (a) => [
      a.feedId,
      a.ownerId,
      a.atMs,
      a.address,
      a.userAgent,
      a.status,
      a.decision,
    ]);
    for (const row of decisions.rows) this.#decisions.delete(nameOf(row));
    for (const row of keyCounts.rows) this.#keyCounts.delete(bucketName(row));
    for (const row of deniedKeys.rows) this.#deniedKeys.delete(keyName(row));
    this.#userDenials = this.#userDenials.slice(userDenials.rows.length);
    this.#accesses = this.#accesses.slice(accesses.rows.length);
    return {
      decisions: decisions.rows,
      keyCounts: keyCounts.rows,
      deniedKeys: deniedKeys.rows,
      userDenials: userDenials.rows,
      accesses: accesses.rows,
      texts: {
        decisions: decisions.text,
        keyCounts: keyCounts.text,
        deniedKeys: deniedKeys.text,
        userDenials: userDenials.text,
        accesses: accesses.text,
      },
    };
  }

  #addKeyCount(row: KeyCountRow): void {
    const known = this.#keyCounts.get(bucketName(row));
    if (known === undefined) return void this.#keyCounts.set(bucketName(row), row);
    known.keys += row.keys;
    known.hundredths += row.hundredths;
    if (known.keys === 0 && known.hundredths === 0) this.#keyCounts.delete(bucketName(row));
  }

  #addDeniedKey(row: DeniedKeyRow): void {
    const known = this.#deniedKeys.get(keyName(row));
    if (known !== undefined) {
      known.denials += row.denials;
      known.lastAtMs = Math.max(known.lastAtMs, row.lastAtMs);
    } else if (this.#deniedKeys.size < roomFor.deniedKeys) {
      this.#deniedKeys.set(keyName(row), row);
    } else {
      this.#dropped.denials += row.denials;
    }
  }
}

// Names of limiters have no line breaks; plans and keys, which may, come last.
const nameOf = (row: DecisionRow): string => `${row.minuteMs}\n${row.limiter}\n${row.outcome}\n${row.plan}`;
const bucketName = (row: KeyCountRow): string => `${row.minuteMs}\n${row.limiter}\n${row.bucket}\n${row.plan}`;
const keyName = (row: DeniedKeyRow): string => `${row.hourMs}\n${row.limiter}\n${row.key}`;

/** The first rows, and their text: a list of lists. */
function taken<Row>(all: Iterable<Row>, most: number, fields: (row: Row) => unknown[]): { rows: Row[]; text: string } {
  const rows: Row[] = [];
  const pieces: string[] = [];
  let length = 0;
  for (const row of all) {
    const piece = JSON.stringify(fields(row));
    length += piece.length + 1;
    if (rows.length === most || (length > textLength && rows.length > 0)) break;
    rows.push(row);
    pieces.push(piece);
  }
  return { rows, text: `[${pieces.join()}]` };
}
