/** What came of it: what the SMTP server took, beside what the quota counted and what was allowed. */

import { clockOf, dateOf, dayOf } from "../demo/calendar.ts";
import type { Counted } from "../demo/quota-log.ts";
import type { Accepted } from "../demo/smtp.ts";
import { limits } from "./offer.ts";
import type { QueuedMail } from "./records.ts";

export interface Account {
  readonly accepted: readonly Accepted[];
  readonly counted: readonly Counted[];
  readonly mails: readonly QueuedMail[];
  /** Runs that did not come to their end. Each may have had one mail on its way. */
  readonly killed: number;
}

export interface Summary {
  readonly lines: readonly string[];
  /** What is not as it should be; empty when no limit was ever broken. */
  readonly broken: readonly string[];
}

const hourMs = 3_600_000;

/** The table, and every limit that does not hold by the server's own record. */
export function summary(account: Account): Summary {
  const { accepted, counted, mails, killed } = account;
  const dates = [...new Set([...counted.map(({ date }) => date), ...accepted.map(({ atMs }) => dateOf(atMs))])].sort();
  const inboxes = [...new Set([...counted.map(({ inbox }) => inbox), ...accepted.map(({ from }) => from)])].sort();
  const broken: string[] = [];
  const check = (what: string, count: number, most: number): string => {
    if (count > most) broken.push(`${what}: ${count}, above its limit of ${most}.`);
    return `${String(count).padStart(2)} of ${String(most).padStart(2)}`;
  };

  const cells = inboxes.map((inbox) => [
    inbox,
    ...dates.map((date) => {
      const count = accepted.filter((one) => one.from === inbox && dateOf(one.atMs) === date).length;
      const { limit = 0 } = counted.find((one) => one.inbox === inbox && one.date === date) ?? {};
      return check(`${inbox} on ${date}`, count, limit);
    }),
  ]);
  const all = dates.map((date) => {
    const count = accepted.filter((one) => dateOf(one.atMs) === date).length;
    return check(`all inboxes on ${date}`, count, limits.perDay);
  });
  const busiest = busiestHour(accepted);
  const hour = check("the busiest hour", busiest.count, limits.perHour);

  const used = counted.reduce((sum, one) => sum + one.used, 0);
  const unknown = mails.filter(({ state }) => state === "unknown").length;
  const missing = used - accepted.length;
  if (missing < 0) broken.push(`The server took ${mailsOf(-missing)} that the quota did not count.`);
  if (missing > killed)
    broken.push(`The quota counted ${mailsOf(missing)} that did not arrive, with ${killed} runs killed.`);

  const head = ["", ...dates.map((date) => dayOf(Date.parse(date)))];
  const rows = [head, ...cells, ["all inboxes", ...all]];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const table = rows.map(([name = "", ...rest]) =>
    `  ${name.padEnd(width)}${rest.map((cell) => `   ${cell.padEnd(10)}`).join("")}`.trimEnd(),
  );
  const fact = (name: string, text: string): string => `  ${name.padEnd(width)}   ${text}`;
  return {
    broken,
    lines: [
      ...table,
      "",
      fact("busiest hour", `${hour}, from ${clockOf(busiest.fromMs)} on ${dayOf(busiest.fromMs)}`),
      fact("the quota counted", `${used} mails`),
      fact(
        "the server accepted",
        `${accepted.length} mails${missing > 0 ? `: ${missing} on the way when a run was killed, counted as sent` : ""}`,
      ),
      ...(killed === 0 ? [] : [fact("runs killed", `${killed}, and ${mailsOf(unknown)} of which the app cannot know`)]),
    ],
  };
}

function mailsOf(count: number): string {
  return count === 1 ? "1 mail" : `${count} mails`;
}

/** The hour in which the server took most, wherever it begins. */
function busiestHour(accepted: readonly Accepted[]): { readonly count: number; readonly fromMs: number } {
  let busiest = { count: 0, fromMs: accepted[0]?.atMs ?? 0 };
  for (const { atMs: fromMs } of accepted) {
    const count = accepted.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + hourMs).length;
    if (count > busiest.count) busiest = { count, fromMs };
  }
  return busiest;
}
