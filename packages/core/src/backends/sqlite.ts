/** Counts in a SQLite file: exact, synchronous, shared by the processes of a machine, remembered across restarts. */

import type { Backend, BlockOptions, Features, Settlement } from "../engine/backend.ts";
import { checkBlock } from "../engine/block.ts";
import { type Charge, type Identity, mergeCharges, type Outcome, unmergedOutcome } from "../engine/charge.ts";
import { systemClock, testClockOf, watched } from "../engine/clock.ts";
import { checkLease, type LeaseAnswer, type LeaseRequest } from "../engine/lease.ts";
import { checkOptions, oneOf, type Rules } from "../engine/options.ts";
import { settleOnce } from "../engine/settle-once.ts";
import { aDeadline } from "../resilience/deadline.ts";
import { checkDatabase, type SqliteDatabase } from "./sqlite-database.ts";
import { transactions } from "./sqlite-transaction.ts";

export type { SqliteDatabase, SqliteStatement, SqliteValue } from "./sqlite-database.ts";

/** What `sqlite()` can be told. */
export interface SqliteOptions {
  /**
   * The table that counters live in; it is made at first use. Leases have one beside it, with `_leases` at its end, made at
   * the first of them.
   * @default "sluice_counters"
   */
  readonly table?: string;
  /**
   * What a decision that was answered survives. `process`: a killed process, but when the machine itself loses power
   * or crashes, the last decisions may be forgotten. `power`: that, too, at the price of waiting for the disk with
   * every charge that is booked. The file stays whole either way.
   * @default "process"
   */
  readonly durability?: "process" | "power";
  /**
   * How long a decision waits for the lock while another process writes, in whole milliseconds. Nothing else happens
   * in this process meanwhile.
   * @default 250
   */
  readonly deadlineMs?: number;
}

/** A backend whose every answer is there at once. */
export interface SqliteBackend extends Backend {
  consume(charges: readonly Charge[]): Outcome;
  settle(entries: readonly Settlement[]): void;
  consumeEach(groups: readonly (readonly Charge[])[]): readonly Outcome[];
  reset(identity: Identity): void;
  block(identity: Identity, forMs: number, options?: BlockOptions): void;
  lease(request: LeaseRequest): LeaseAnswer;
}

const features: Features = {
  scope: "machine",
  exact: true,
  durable: true,
  remaining: true,
  cost: true,
  delay: true,
  settle: true,
  reset: true,
  block: true,
  lease: true,
  acrossShards: true,
};

const rules: Rules = {
  table: [
    (name: string) => /^(?!sqlite_)[a-z_][a-z0-9_]{0,63}$/i.test(name),
    "a name of letters, digits and _ that does not begin with a digit or sqlite_",
  ],
  durability: oneOf("process", "power"),
  deadlineMs: aDeadline,
};

/** Distinct charges, and the outcome as the charges they were merged from will have it. */
interface Question {
  readonly charges: readonly Charge[];
  answer(outcome: Outcome): Outcome;
}

/**
 * Keeps counts in a database that is open, or will be by the first decision.
 *
 * The handle is set to WAL and to this backend's deadline at first use, so give it one of its own.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`. At first use
 * `SLUICE_OPTION_TYPE` for a database that does not answer at once, and at any `SLUICE_SQLITE_TRANSACTION` in the middle
 * of a transaction that somebody else began on this handle.
 */
export function sqlite(database: SqliteDatabase, options: SqliteOptions = {}): SqliteBackend {
  checkDatabase(database);
  checkOptions("sqlite()", options, rules);
  const { table = "sluice_counters", durability = "process", deadlineMs = 250 } = options;
  const clock = watched(testClockOf(options) ?? systemClock);
  const synchronous = durability === "power" ? "FULL" : "NORMAL";
  const transact = transactions(database, { table, synchronous, deadlineMs }, clock);
  const due = settleOnce();

  return {
    name: "sqlite",
    features,
    supports: () => undefined,

    consume(asked) {
      const { charges, answer } = question(asked);
      return answer(transact((ledger, now) => ledger.consume(charges, now)));
    },

    consumeEach(groups) {
      if (groups.length === 0) return [];
      const questions = groups.map(question);
      return transact((ledger, now) => questions.map(({ charges, answer }) => answer(ledger.consume(charges, now))));
    },

    settle(entries) {
      const settlements = due(entries);
      if (settlements.length === 0) return;
      transact((ledger, now) => ledger.settle(settlements, now, clock.isToldTwice));
    },

    reset(identity) {
      transact((ledger) => ledger.reset(identity));
    },

    block(identity, forMs, { shorten } = {}) {
      checkBlock(identity, forMs);
      transact((ledger, now) => ledger.block(identity, forMs, now, shorten));
    },

    lease(request) {
      checkLease(request);
      return transact.leases((leases, now) => leases(request, now));
    },
  };
}

const unchanged = (outcome: Outcome): Outcome => outcome;

function question(asked: readonly Charge[]): Question {
  const merged = asked.length > 1 ? mergeCharges(asked) : undefined;
  if (merged === undefined) return { charges: asked, answer: unchanged };
  return { charges: merged.charges, answer: (outcome) => unmergedOutcome(asked, merged, outcome) };
}
