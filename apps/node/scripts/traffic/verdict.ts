/** The verdict on what an app recorded: every decision against the model, every window against its bound. */

import { type Excess, windows } from "./bound.ts";
import { type Disagreement, model } from "./model.ts";
import type { Records } from "./records.ts";

export interface Verdict {
  readonly decisions: number;
  readonly settlements: number;
  readonly denials: number;
  readonly disagreements: readonly Disagreement[];
  readonly excesses: readonly Excess[];
  readonly keys: number;
  /** The fullest window as a share of its bound. */
  readonly tightest: number;
}

/** `refused` is how many requests their senders saw refused; every one of them must be among the records. */
export function verdictOn({ records, lines }: Records, refused?: number): Verdict {
  const disagreements: Disagreement[] = [];
  const objections = model();
  let [decisions, settlements, denials, missing] = [0, 0, 0, 0];
  for (const [index, record] of records.entries()) {
    if (record.n !== index + 1 + missing) {
      disagreements.push(lost(record.at, index + 1 + missing, record.n));
      missing = record.n - index - 1;
    }
    disagreements.push(...objections(record));
    if ("charges" in record) {
      decisions += record.outcome.decisions.length;
      if (!record.outcome.allowed) denials++;
    } else if ("settle" in record) settlements += record.settle.length;
  }
  const lastMs = records.at(-1)?.at ?? 0;
  if (lines !== undefined && lines !== records.length) disagreements.push(lost(lastMs, lines, records.length));
  if (refused !== undefined && refused !== denials) {
    const got = `${denials} denials recorded`;
    disagreements.push({ n: 0, at: lastMs, subject: "all", expected: `${refused}, as many as were refused`, got });
  }
  const { counters, tightest, excesses } = windows(records);
  return { decisions, settlements, denials, disagreements, excesses, keys: counters, tightest };
}

/** Whether there was something to judge and nothing was wrong with it. */
export function isSound({ decisions, disagreements, excesses }: Verdict): boolean {
  return decisions > 0 && disagreements.length === 0 && excesses.length === 0;
}

/** One line, and for each of the first five mistakes one more. */
export function verdictLines(verdict: Verdict): string[] {
  const { decisions, settlements, disagreements, excesses, keys, tightest } = verdict;
  if (decisions === 0) return ["Model: the app recorded no decision, so there is no verdict."];
  const count = (number: number, noun: string) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const percent = Math.floor(tightest * 100);
  return [
    `Model: ${count(decisions, "decision")} and ${count(settlements, "settlement")} replayed, ` +
      `${count(disagreements.length, "disagreement")}; ${count(keys, "key")}, tightest window at ${percent} % of its bound`,
    ...disagreements.slice(0, 5).map(({ n, at, subject, expected, got }) => {
      return `  record ${n}, ${new Date(at).toISOString()}, ${subject}: expected ${expected}, got ${got}`;
    }),
    ...excesses.slice(0, 5).map(({ counter, fromMs, toMs, units, bound, when }) => {
      const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
      return `  ${counter}: ${units} units ${when} from ${from} to ${to}, where ${bound} is the most`;
    }),
  ];
}

function lost(at: number, expected: number, got: number): Disagreement {
  return { n: got, at, subject: "the numbering", expected: `record ${expected}`, got: `record ${got}` };
}
