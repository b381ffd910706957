/** One attempt at one message, from the transport's answer to the row that keeps it. */

import type { Database } from "../database.ts";
import { type Attempt, type DueMessage, finishUnsent, finishUsed } from "./message-records.ts";
import type { Delivery, MailTransport } from "./transport.ts";

/** What an attempt came to. */
export type Ended = Delivery["outcome"];

interface Sending {
  readonly database: Database;
  readonly transport: MailTransport;
  readonly message: DueMessage;
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
  /** How long a mail that is under way may take once the run is told to stop, in milliseconds. */
  readonly graceMs: number;
}

/** No answer is waited for longer: a server that sends a byte now and then would hold the job for ever. */
const mostMs = 10 * 60_000;

/** How long the transport may take to tell what it knows, once nobody waits for the server any more. */
const farewellMs = 1_000;

/** A message that is put off so often is given up. */
const mostAttempts = 6;

/** The first wait after being put off; each is twice the one before. */
const firstWaitMs = 15 * 60_000;

const longestResponse = 1_000;

/** Sends the message and writes down what became of it. */
export async function ended(sending: Sending): Promise<Delivery> {
  const { outcome, response } = await delivered(sending);
  const { database, message, attempt } = sending;
  const { id, attempts } = message;
  const how = { response: response.slice(0, longestResponse) };
  switch (outcome) {
    case "accepted":
      await finishUsed(database, id, attempt, { ...how, status: "sent", ambiguous: false });
      break;
    case "unknown":
      await finishUsed(database, id, attempt, { ...how, status: "sent", ambiguous: true });
      break;
    case "refused":
      await finishUsed(database, id, attempt, { ...how, status: "failed", ambiguous: false });
      break;
    case "deferred": {
      const isOver = attempts + 1 >= mostAttempts;
      const dueAtMs = isOver ? undefined : attempt.atMs + firstWaitMs * 2 ** attempts;
      await finishUnsent(database, id, attempt, { ...how, dueAtMs, attempts: attempts + 1 });
      break;
    }
    case "unreachable":
    case "sender-refused":
      // Not the message's fault, so it keeps its place.
      await finishUnsent(database, id, attempt, { ...how, dueAtMs: message.dueAtMs, attempts });
      break;
  }
  return { outcome, ...how };
}

async function delivered({ transport, message, attempt, signal, graceMs }: Sending): Promise<Delivery> {
  const { recipient, subject, body, messageId } = message;
  const { inbox, atMs } = attempt;
  const mail = { from: inbox.address, to: recipient, subject, text: body, messageId, dateMs: atMs };
  const leaving = new AbortController();
  const stopped = Promise.withResolvers<Delivery>();
  // Real time, whatever the messages are dated by: it is a real server that is waited for.
  const giveUp = (response: string): void => {
    timers.push(setTimeout(() => stopped.resolve({ outcome: "unknown", response }), farewellMs));
    // The transport may know that nothing has gone out yet.
    leaving.abort(new Error(response));
  };
  const timers = [setTimeout(giveUp, mostMs, "no answer came in ten minutes")];
  const stop = (): void => {
    timers.push(setTimeout(giveUp, graceMs, "stopped before the answer came"));
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([transport.send(mail, leaving.signal), stopped.promise]);
  } catch (error) {
    return { outcome: "unknown", response: error instanceof Error ? error.message : String(error) };
  } finally {
    signal.removeEventListener("abort", stop);
    for (const timer of timers) clearTimeout(timer);
    leaving.abort();
  }
}
