/** What came of it: what the services and the SMTP server counted themselves, beside what was allowed. */

import type { EmailState } from "@sluice/feeds/schema";
import type { Counted } from "../demo/quota-log.ts";
import type { Accepted } from "../demo/smtp.ts";
import type { Call, Offences } from "./ledger.ts";
import type { Seen } from "./records.ts";
import { mailRows, serviceRows } from "./summary-limits.ts";
import { outcomeRows } from "./summary-outcome.ts";

/** A prospect as the product's database has it in the end. */
export interface Found {
  readonly name: string;
  readonly email: string | null;
  readonly emailState: EmailState;
}

export interface Account {
  /** How many there were to be found. */
  readonly prospects: number;
  readonly calls: readonly Call[];
  readonly offences: readonly Offences[];
  readonly found: readonly Found[];
  readonly accepted: readonly Accepted[];
  readonly counted: readonly Counted[];
  /** Mails of which the app itself cannot know whether they arrived. */
  readonly ambiguous: number;
  readonly seen: Seen;
  /** Runs before the last: each may have been cut off in a call, whose answer nobody has heard. */
  readonly earlier: number;
  /** Those of them that did not come to their end. Each may have had a mail on its way. */
  readonly killed: number;
}

export interface Summary {
  readonly lines: readonly string[];
  /** What is not as it should be; empty when nothing was banned, lost or done twice, and no limit was broken. */
  readonly broken: readonly string[];
}

/** A table's cells, and what of it is broken. */
export interface Part {
  readonly rows: readonly (readonly string[])[];
  readonly broken: readonly string[];
}

/** The tables, and everything that does not hold by the services' own records. */
export function summary(account: Account): Summary {
  const parts = [serviceRows(account), mailRows(account), outcomeRows(account)];
  return {
    lines: parts.flatMap(({ rows }, i) => [...(i > 0 ? [""] : []), ...table(rows)]),
    broken: parts.flatMap(({ broken }) => broken),
  };
}

/** Columns as wide as their widest cell; the last may be as long as it is. */
function table(rows: Part["rows"]): string[] {
  const widths = rows.reduce<readonly number[]>(
    (known, row) => row.map((cell, i) => Math.max(known[i] ?? 0, cell.length)).concat(known.slice(row.length)),
    [],
  );
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("   ")}`.trimEnd());
}
