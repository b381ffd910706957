/** Each limit, and what was most within any of its windows by the record of whoever sets it. */

import { dateOf, dayOf } from "../demo/calendar.ts";
import { inboxRows, sendLimits, services } from "./offer.ts";
import type { Account, Part } from "./summary.ts";
import { doneOf, mostWithin } from "./tally.ts";
import { everybody, isAsked, serviceNames } from "./world.ts";

/** What was counted beside what was allowed; more than that is kept as broken. */
export function limitCheck(broken: string[]) {
  return (what: string, count: number, most: number): string => {
    if (count > most) broken.push(`${what}: ${count}, above its limit of ${most}.`);
    return of(count, most);
  };
}

export function of(count: number, most: number): string {
  return `${String(count).padStart(3)} of ${String(most).padStart(4)}`;
}

/** By service: calls in its busiest window, what it answered, whom it turned away and banned. */
export function serviceRows({ calls, offences, prospects }: Account): Part {
  const broken: string[] = [];
  const check = limitCheck(broken);
  const rows = serviceNames.map((service) => {
    const { limit, windowMs, per, throttles } = services[service];
    const own = calls.filter((call) => call.service === service);
    const { refused = 0, banned = 0, bans = 0 } = offences.find((one) => one.service === service) ?? {};
    if (refused > 0) broken.push(`${service} was asked for more than it allows: ${refused} calls were refused.`);
    if (bans > 0) broken.push(`${service} banned us: bans ${bans}, calls that met them ${banned}.`);
    const strange = own.filter(({ subject }) => subject === 0).length;
    if (strange > 0) broken.push(`${service} did not understand us: ${strange} calls.`);
    const done = new Set(doneOf(own).map(({ subject }) => subject));
    const [undone] = everybody(prospects).filter((one) => isAsked[service](one) && !done.has(one.n));
    if (undone !== undefined) broken.push(`${service} was never asked with success about ${undone.name}.`);
    const most = check(`${service}, calls in ${per}`, mostWithin(own, windowMs), limit);
    const answered = (status: number): string => String(own.filter((call) => call.status === status).length);
    const counts = [own.length, doneOf(own).length].map(String);
    return [service, `${most} ${per}`, ...counts, answered(throttles), answered(503), String(refused), String(bans)];
  });
  const head = ["", "busiest window", "calls", "done", "told later", "failed", "refused", "bans"];
  return { rows: [head, ...rows], broken };
}

/** By inbox and day: mails that the SMTP server took, beside what the warm-up allowed. */
export function mailRows({ accepted, counted }: Account): Part {
  const broken: string[] = [];
  const check = limitCheck(broken);
  const dates = [...new Set([...counted.map(({ date }) => date), ...accepted.map(({ atMs }) => dateOf(atMs))])].sort();
  const on = (date: string, address?: string): number =>
    accepted.filter(({ from, atMs }) => dateOf(atMs) === date && (address ?? from) === from).length;
  const senders = new Set([...inboxRows.map(({ address }) => address), ...accepted.map(({ from }) => from)]);
  const rows = [...senders].map((address) => {
    const id = inboxRows.find((row) => row.address === address)?.id;
    const cells = dates.map((date) => {
      const { limit = 0 } = counted.find((one) => one.inbox === id && one.date === date) ?? {};
      return check(`${address} on ${date}`, on(date, address), limit);
    });
    return [address, ...cells];
  });
  const all = dates.map((date) => check(`all inboxes on ${date}`, on(date), sendLimits.perDay));
  const head = ["", ...dates.map((date) => dayOf(Date.parse(date)))];
  return { rows: [head, ...rows, ["all inboxes", ...all]], broken };
}
