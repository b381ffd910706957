/** Decisions over a table: what is read, what is written, and that the short way says what the long one says. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Charge, Decision } from "../engine/charge.ts";
import { policy } from "../engine/policy.ts";
import { per, perDay } from "../engine/rate.ts";
import { type Ledger, ledger } from "./ledger.ts";

const bucket = policy("bucket", per("1s", 5));
const log = policy("log", per("1s", 5, { algorithm: "sliding-log" }));
const days = policy("days", perDay(5, { timeZone: "UTC" }));

interface Row {
  readonly numbers: readonly number[];
  readonly idleAt: number;
}

/** A ledger over a map that notes what was done to it. */
function noted(): { readonly rows: Map<string, Row>; readonly done: string[]; readonly book: Ledger } {
  const rows = new Map<string, Row>();
  const done: string[] = [];
  const table = {
    read(name: string) {
      done.push(`read ${name}`);
      return rows.get(name)?.numbers;
    },
    write(name: string, numbers: readonly number[], idleAt: number) {
      done.push(`write ${name}`);
      rows.set(name, { numbers, idleAt });
    },
    remove(name: string) {
      done.push(`remove ${name}`);
      rows.delete(name);
    },
  };
  return { rows, done, book: ledger(table, (identity) => `${identity.policy.name}.${identity.key}`) };
}

const charge = (cost = 1, details: Partial<Charge> = {}): Charge => ({ policy: bucket, key: "k", cost, ...details });
const start = Date.UTC(2027, 4, 12, 9, 30);

describe("a ledger", () => {
  it("reads each counter once, and writes only those that changed", () => {
    const { book, done } = noted();
    const charges = [charge(1), charge(0, { policy: log }), charge(1, { policy: days })];
    expect(book.consume(charges, start).allowed).toBe(true);
    expect(done).toEqual(["read bucket.k", "read log.k", "read days.k", "write bucket.k", "write days.k"]);
  });

  it("writes nothing for a denial, a peek or a cost of 0", () => {
    const { book, done } = noted();
    book.consume([charge(5)], start);
    done.length = 0;
    expect(book.consume([charge(1)], start).allowed).toBe(false);
    expect(book.consume([charge(1), charge(1, { policy: log })], start).allowed).toBe(false);
    book.consume([charge(0)], start);
    book.consume([charge(1, { policy: days, mode: "peek" })], start);
    expect(done.filter((each) => !each.startsWith("read"))).toEqual([]);
  });

  it("dates a counter back when the clock was set back, even on a denial", () => {
    const { book, rows, done } = noted();
    book.consume([charge(5)], start);
    done.length = 0;
    expect(book.consume([charge(1)], start - 10_000).allowed).toBe(false);
    expect(done).toEqual(["read bucket.k", "write bucket.k"]);
    expect(rows.get("bucket.k")?.numbers).toContain(start - 10_000);
  });

  it("says from when on a row means nothing", () => {
    const { book, rows } = noted();
    book.consume([charge(2), charge(3, { policy: log }), charge(1, { policy: days })], start);
    expect(rows.get("bucket.k")?.idleAt).toBe(start + 400);
    expect(rows.get("log.k")?.idleAt).toBe(start + 1_000);
    // The day is over at midnight; in another zone it may still count for as long as a day can last.
    expect(rows.get("days.k")?.idleAt).toBe(Date.UTC(2027, 4, 14, 2));
  });

  it("settles by the receipt, but gives nothing back from a time that was told twice", () => {
    const { book } = noted();
    const [first, second] = [charge(2), charge(3)].map((one) => book.consume([one], start).decisions[0] as Decision);
    const due = [first, second].map((decision) => ({
      decision: decision as Decision,
      booked: (decision as Decision).charged * 100,
      final: 0,
    }));
    book.settle(due.slice(0, 1), start, () => true);
    expect(book.consume([charge(0)], start).decisions[0]?.remaining).toBe(0);
    book.settle(due.slice(1), start, () => false);
    expect(book.consume([charge(0)], start).decisions[0]?.remaining).toBe(3);
  });

  it("debits more even from a time that was told twice", () => {
    const { book } = noted();
    const decision = book.consume([charge(1)], start).decisions[0] as Decision;
    book.settle([{ decision, booked: 100, final: 300 }], start, () => true);
    expect(book.consume([charge(0)], start).decisions[0]?.remaining).toBe(2);
  });

  it("forgets a counter", () => {
    const { book, rows } = noted();
    book.consume([charge(5)], start);
    book.reset(charge());
    expect(rows.size).toBe(0);
  });

  it("says of a plain charge what it says of the same charge asked the long way", () => {
    const step = fc.record({ ms: fc.integer({ min: -300, max: 900 }), cost: fc.constantFrom(0, 1, 2, 3, 6) });
    fc.assert(
      fc.property(fc.constantFrom(bucket, log, days), fc.array(step, { maxLength: 20 }), (named, steps) => {
        const [short, long] = [noted(), noted()];
        let now = start;
        for (const { ms, cost } of steps) {
          now += ms;
          const plain = charge(cost, { policy: named });
          const expected = long.book.consume([{ ...plain, mode: "charge" }], now);
          expect(short.book.consume([plain], now)).toEqual(expected);
          expect(short.rows).toEqual(long.rows);
        }
      }),
    );
  });
});
