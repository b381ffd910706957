/** Whether everything that was to be done was done, and nothing twice. */

import { addressees, callsPerHour, sendLimits } from "./offer.ts";
import type { Account, Part } from "./summary.ts";
import { limitCheck, of } from "./summary-limits.ts";
import { mostWithin, repeatedOf } from "./tally.ts";
import { everybody, prospect } from "./world.ts";

const hourMs = 3_600_000;

export function outcomeRows(account: Account): Part {
  const broken: string[] = [];
  const check = limitCheck(broken);
  const { calls, accepted, ambiguous, seen, earlier, killed } = account;
  const found = foundOf(account, broken);
  const [taken, wanted] = mailsOf(account, broken);
  const repeated = repeatedOf(calls);
  const [first] = repeated;
  if (first !== undefined && repeated.length > earlier) {
    const example = `${prospect(first.subject).name} at ${first.service}`;
    broken.push(`Done more than once: ${repeated.length}, such as ${example}, with ${earlier} runs cut off.`);
  }
  const used = account.counted.reduce((sum, one) => sum + one.used, 0);
  return {
    broken,
    rows: [
      ["calls", check("all calls within an hour", mostWithin(calls, hourMs), callsPerHour), "in the busiest hour"],
      ["mails", check("mails within an hour", mostWithin(accepted, hourMs), sendLimits.perHour), "in the busiest hour"],
      ["prospects", of(found, account.prospects), "found, each as it is"],
      ["mails", of(taken, wanted), `taken by the SMTP server; the quota counted ${used}`],
      ["done twice", of(repeated.length, earlier), "calls, each cut off by the end of a run"],
      [
        "clients",
        "",
        `told later ${seen.throttled} · sent again ${seen.retries} · breakers changed ${seen.breakerChanges}`,
      ],
      ...(killed === 0
        ? []
        : [["killed", of(killed, earlier), `runs; mails of which the app cannot know: ${ambiguous}`]]),
    ],
  };
}

/** How many prospects have ended as they had to. */
function foundOf({ prospects, found }: Account, broken: string[]): number {
  const byName = new Map(found.map((one) => [one.name, one]));
  const wrong = everybody(prospects).filter(({ name, email, ends }) => {
    const row = byName.get(name);
    return row?.emailState !== ends || row.email !== (email ?? null);
  });
  const [first] = wrong;
  if (first !== undefined) {
    const row = byName.get(first.name);
    const is = row === undefined ? "missing" : `${row.emailState} with ${row.email ?? "no address"}`;
    const example = `${first.name} is ${is}, and not ${first.ends} with ${first.email ?? "no address"}`;
    broken.push(`Prospects that did not end as they had to: ${wrong.length}. ${example}.`);
  }
  if (found.length > prospects) broken.push(`Prospects that nobody listed: ${found.length - prospects}.`);
  return prospects - wrong.length;
}

/** How many of those who had to get a mail got one, and how many had to. */
function mailsOf({ prospects, accepted, counted, killed }: Account, broken: string[]): [taken: number, wanted: number] {
  const recipients = addressees(prospects).map(({ email }) => email);
  const taken = new Set(accepted.map(({ to }) => to));
  const twice = accepted.length - taken.size;
  if (twice > 0) broken.push(`Mails sent twice: ${twice}.`);
  const [stranger] = [...taken].filter((to) => !recipients.includes(to));
  if (stranger !== undefined) broken.push(`A mail went to ${stranger}, who was not to get one.`);
  const reached = recipients.filter((email) => email !== undefined && taken.has(email)).length;
  const lost = recipients.length - reached;
  if (lost > killed)
    broken.push(`Mails that did not arrive: ${lost} of ${recipients.length}, with ${killed} runs killed.`);
  const missing = counted.reduce((sum, { used }) => sum + used, 0) - accepted.length;
  if (missing < 0) broken.push(`Mails that the SMTP server took and the quota did not count: ${-missing}.`);
  if (missing > killed)
    broken.push(`Mails that the quota counted and nobody took: ${missing}, with ${killed} runs killed.`);
  return [reached, recipients.length];
}
