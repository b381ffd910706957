/** A real SMTP server that remembers when it accepted what, and the count of it against every limit. */

import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { inboxes, limits } from "./smtp-world.ts";

const hourMs = 3_600_000;

/** A mail that was accepted; instants are of the shared clock. */
export interface Accepted {
  readonly message: string;
  readonly inbox: string;
  /** When its place was booked, when it was sent, and when the server had it. */
  readonly bookedMs: number;
  readonly startedMs: number;
  readonly acceptedMs: number;
}

/** A server on a free port of the loopback; it has accepted a mail before it says so. */
export async function smtpServer(now: () => number): Promise<{
  readonly port: number;
  readonly accepted: readonly Accepted[];
  close(): Promise<void>;
}> {
  const accepted: Accepted[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      let text = "";
      const header = (name: string): string => new RegExp(`^${name}: (.*)$`, "im").exec(text)?.[1]?.trim() ?? "";
      // A mail that is torn off in the middle, with its mailer, is not accepted.
      stream.on("error", () => {});
      stream.on("data", (chunk) => {
        text += String(chunk);
      });
      stream.on("end", () => {
        accepted.push({
          message: header("X-Message"),
          inbox: header("X-Inbox"),
          bookedMs: Number(header("X-Booked")),
          startedMs: Number(header("X-Started")),
          acceptedMs: now(),
        });
        done();
      });
    },
  });
  // A mailer that is killed leaves a torn connection behind.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, accepted, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Every limit that was not kept, in words. `toleranceMs` is what the quota allows between booking and arrival. */
export function broken(accepted: readonly Accepted[], toleranceMs: number): string[] {
  const found: string[] = [];
  const most = (what: string, names: readonly string[], limit: number): void => {
    for (const [name, group] of Map.groupBy(names, (it) => it)) {
      if (group.length > limit) found.push(`${what} ${name}: ${group.length} of ${limit}`);
    }
  };
  const zones = new Map(inboxes.map(({ id, timeZone }) => [id, timeZone]));
  const date = (at: number, timeZone: string): string =>
    new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(at);
  most(
    "inbox",
    accepted.map(({ inbox, startedMs }) => `${inbox} ${date(startedMs, zones.get(inbox) ?? "UTC")}`),
    limits.perInbox,
  );
  most(
    "day",
    accepted.map(({ startedMs }) => date(startedMs, "UTC")),
    limits.perDay,
  );
  most(
    "message",
    accepted.map(({ message }) => message),
    1,
  );
  found.push(
    ...inAnyHour(
      "started",
      accepted.map(({ startedMs }) => startedMs),
      hourMs,
    ),
  );
  // Only a mail that took longer than the tolerance to arrive makes the window smaller in which arrivals are counted.
  const late = Math.max(0, worstLagMs(accepted) - toleranceMs);
  found.push(
    ...inAnyHour(
      "accepted",
      accepted.map(({ acceptedMs }) => acceptedMs),
      hourMs - late,
    ),
  );
  return found;
}

/** The longest time from a booking to the arrival of its mail. */
export function worstLagMs(accepted: readonly Accepted[]): number {
  return Math.max(0, ...accepted.map(({ bookedMs, acceptedMs }) => acceptedMs - bookedMs));
}

/** How far apart the inboxes are on the day on which they are furthest apart. */
export function widestGap(accepted: readonly Accepted[]): number {
  const gaps = [...Map.groupBy(accepted, ({ startedMs }) => Math.floor(startedMs / 86_400_000)).values()].map((day) => {
    const shares = inboxes.map(({ id }) => day.filter(({ inbox }) => inbox === id).length);
    return Math.max(...shares) - Math.min(...shares);
  });
  return Math.max(0, ...gaps);
}

function inAnyHour(what: string, instants: readonly number[], windowMs: number): string[] {
  const sorted = [...instants].sort((a, b) => a - b);
  const first = sorted.findIndex((at, i) => (sorted[i + limits.perHour] ?? Number.POSITIVE_INFINITY) - at < windowMs);
  if (first === -1) return [];
  const from = sorted[first] as number;
  const count = sorted.filter((at) => at >= from && at < from + windowMs).length;
  return [`hour from ${new Date(from).toISOString()}: ${count} ${what} of ${limits.perHour}`];
}
