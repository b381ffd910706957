/** A mailer in a process of its own: it may be killed at any instant. Sends one mail after the other for as long as it may. */

import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { sendQuota } from "@sluice/outbound";
import { createTransport } from "nodemailer";
import { inboxes, limits, messages, nowOf, type Orders } from "./smtp-world.ts";

process.send?.("ready");
const [orders] = (await once(process, "message")) as [Orders];
const { clock, endMs, counts, queue, port, habit } = orders;
const now = (): number => nowOf(clock);
const time = { now, sleep: async (ms: number) => wait(ms / clock.speed) };
const backend = sqlite(new DatabaseSync(counts), onClock({ now }, { deadlineMs: 5_000 }));
// An hour here is less than half a second: a mail that is half a second under way has to count an hour longer.
const quota = sendQuota({ backend, time, ...limits, toleranceMs: 3_600_000, expiresAfterMs: 10 * 3_600_000 });
const queued = messages(new DatabaseSync(queue));
const transport = createTransport({
  host: "127.0.0.1",
  port,
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: 1,
});

async function deliver(message: number, inbox: string, bookedMs: number): Promise<void> {
  const headers = {
    "X-Message": String(message),
    "X-Inbox": inbox,
    "X-Booked": String(bookedMs),
    "X-Started": String(now()),
  };
  await transport.sendMail({ from: inbox, to: "reader@example.net", subject: `${message}`, text: "news", headers });
}

/** How long to wait before the next question, in milliseconds of the shared clock; 0 after a mail, undefined at the end. */
async function reserveAndSend(): Promise<number | undefined> {
  const answer = await quota.pickInbox(inboxes);
  if (!answer.allowed) return answer.retryAfterMs ?? 60_000;
  await using place = answer;
  const message = queued.claim();
  if (message === undefined) return undefined;
  await place.ready();
  await deliver(message, place.inbox.id, place.readyAtMs);
  await place.commit();
  queued.sent(message);
  return 0;
}

/** What a mailer without reservations does: all of them look at the same numbers before any has counted. */
async function lookAndSend(): Promise<number | undefined> {
  const { hour, day, inboxes: each } = await quota.usage(inboxes);
  const free = each.find(({ canSend }) => canSend);
  if (hour.remaining === 0 || day.remaining === 0 || !free) return 60_000;
  const message = queued.claim();
  if (message === undefined) return undefined;
  await deliver(message, free.id, now());
  await quota.reserveSend(inboxes.find(({ id }) => id === free.id) as (typeof inboxes)[number]);
  return 0;
}

const step = habit === "reserve" ? reserveAndSend : lookAndSend;
await wait(Math.max(0, clock.realStartMs - Date.now()));
while (now() < endMs) {
  const waitMs = await step();
  if (waitMs === undefined) break;
  if (waitMs > 0) await wait(Math.min(Math.max(waitMs / clock.speed, 5), 250));
}
transport.close();
process.disconnect?.();
