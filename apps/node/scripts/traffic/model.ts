/** An independent model of the decisions: it replays what an app was asked and says what it should have answered. */

import { type Bucket, booked, type Debt, drained, left, noDebt, seen, settled, waitFor } from "./bucket.ts";
import { approximate, type Fraction, hundredthsOf, isEqual, isLess, minus, smaller } from "./fraction.ts";
import { questionsOf } from "./question.ts";
import { type Consumed, counterOf, type DecisionRecord, type RecordedDecision, type Settled } from "./records.ts";

/** Where the records and the model differ. */
export interface Disagreement {
  readonly n: number;
  readonly at: number;
  readonly subject: string;
  readonly expected: string;
  readonly got: string;
}

/** A decision that can be settled, once. */
interface Booking {
  readonly counter: string;
  readonly bucket: Bucket;
  readonly from: Fraction;
  readonly bookedAt: bigint;
}

/** `remaining` is a double of an exact fraction. */
const tolerance = 1e-6;

/** Feeds the model one record after the other; each answer is what the model objects to. */
export function model(): (record: DecisionRecord) => Disagreement[] {
  const debts = new Map<string, Debt>();
  const bookings = new Map<string, Booking | undefined>();
  /** The stretch of time that was told more than once because the clock stepped back. */
  const told: { last: bigint; from: bigint | undefined; to: bigint } = { last: 0n, from: undefined, to: 0n };

  /** The debt as it is now; only what is dated ahead of now is dated anew by looking at it. */
  const look = (counter: string, bucket: Bucket, now: bigint): Debt => {
    const debt = seen(debts.get(counter) ?? noDebt, now);
    if (debts.has(counter)) debts.set(counter, debt);
    return drained(debt, bucket, now);
  };

  const consume = ({ n, at, charges, outcome }: Consumed): Disagreement[] => {
    const now = BigInt(at);
    const differ = (subject: string, expected: unknown, got: unknown): Disagreement => {
      return { n, at, subject, expected: JSON.stringify(expected), got: JSON.stringify(got) };
    };
    const questions = questionsOf(charges)?.map((question) => {
      const debt = look(question.counter, question.bucket, now);
      return { ...question, debt, wait: waitFor(question.cost, debt, question.bucket) };
    });
    if (questions === undefined) return [differ("what is asked", "plain charges of token buckets", charges)];

    const waits = questions.filter(({ mode }) => mode !== "shadow").map(({ wait }) => wait);
    const allowed = waits.every((wait) => wait === 0n);
    const answers: RecordedDecision[] = [];
    for (const { counter, mode, bucket, cost, debt, wait } of questions) {
      const books = allowed && wait === 0n && mode !== "peek" && cost.over > 0n;
      const after = books ? booked(debt, cost) : debt;
      if (books) debts.set(counter, after);
      let rest = cost;
      for (const [index, charge] of charges.entries()) {
        if (counterOf(charge) !== counter) continue;
        // Charges of one counter are asked as one; each has its own part of what was booked.
        const from = smaller(hundredthsOf(charge.cost), rest);
        rest = minus(rest, from);
        answers[index] = {
          allowed: wait === 0n,
          charged: books ? approximate(from) : 0,
          remaining: approximate(left(after, bucket)),
          retryAfterMs: wait === 0n || wait === undefined ? undefined : Number(wait),
        };
        // What was booked can be settled, and what was free can turn out not to be.
        const settles = from.over > 0n ? books : wait === 0n && charge.cost === 0;
        bookings.set(`${n} ${index}`, settles ? { counter, bucket, from, bookedAt: now } : undefined);
      }
    }

    const found: Disagreement[] = [];
    for (const [index, charge] of charges.entries()) {
      const expected = answers[index] as RecordedDecision;
      const got = outcome.decisions[index];
      if (!agree(expected, got)) found.push(differ(`${charge.policy.name} of ${charge.key}`, expected, got));
    }
    const retryAfterMs = allowed || waits.includes(undefined) ? undefined : Math.max(...waits.map(Number));
    if (outcome.allowed !== allowed || outcome.retryAfterMs !== retryAfterMs) {
      const got = { allowed: outcome.allowed, retryAfterMs: outcome.retryAfterMs };
      found.push(differ("the outcome", { allowed, retryAfterMs }, got));
    }
    return found;
  };

  const settle = ({ n, at, settle: entries }: Settled): Disagreement[] => {
    const found: Disagreement[] = [];
    for (const { n: asked, index, cost } of entries) {
      const place = `${asked} ${index}`;
      if (!bookings.has(place)) {
        found.push({ n, at, subject: "settling", expected: "an earlier decision", got: `decision ${place}` });
        continue;
      }
      const booking = bookings.get(place);
      bookings.set(place, undefined);
      const to = hundredthsOf(cost);
      if (booking === undefined || isEqual(to, booking.from)) continue;
      const { counter, bucket, from, bookedAt } = booking;
      // Of an instant told twice nobody knows whether time has given the charge back already.
      const isToldTwice = told.from !== undefined && bookedAt > told.from && bookedAt <= told.to;
      if (isToldTwice && isLess(to, from)) continue;
      debts.set(counter, settled(look(counter, bucket, BigInt(at)), bucket, { from, to, bookedAt }));
    }
    return found;
  };

  return (record) => {
    const now = BigInt(record.at);
    if (now < told.last) {
      told.from = told.from === undefined || now < told.from ? now : told.from;
      told.to = told.to < told.last ? told.last : told.to;
    }
    told.last = now;
    if ("charges" in record) return consume(record);
    if ("settle" in record) return settle(record);
    debts.delete(counterOf(record.reset));
    return [];
  };
}

function agree(expected: RecordedDecision, got: RecordedDecision | undefined): boolean {
  return (
    got?.remaining !== undefined &&
    expected.allowed === got.allowed &&
    Math.abs(expected.charged - got.charged) < tolerance &&
    Math.abs((expected.remaining ?? 0) - got.remaining) <= tolerance &&
    expected.retryAfterMs === got.retryAfterMs
  );
}
