/** A real SMTP server on loopback, which keeps what it accepts and can be told to answer otherwise. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import type { SmtpServer } from "../src/smtp-address.ts";

/** A mail as the server got it. */
export interface Received {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

export interface MailServer {
  readonly server: SmtpServer;
  readonly url: string;
  readonly received: Received[];
  /** What senders are answered whenever they come: a status. */
  readonly senders: Map<string, number>;
  /** What the next recipients are answered: a status, by their order; none is 250. */
  readonly recipients: number[];
  /** What the next mails are answered once they are there in full: a status, "hang up" or "hang". None is 250. */
  readonly answers: (number | "hang up" | "hang")[];
  /** Resolves as soon as a mail has come in full, also one that is not answered. */
  arrived(): Promise<void>;
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const received: Received[] = [];
  const senders = new Map<string, number>();
  const recipients: number[] = [];
  const answers: MailServer["answers"] = [];
  const arrivals: (() => void)[] = [];
  const refusal = (status: number): Error =>
    Object.assign(new Error(status < 500 ? "not now" : "never"), { responseCode: status });
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    closeTimeout: 100,
    onMailFrom({ address }, _, callback) {
      const status = senders.get(address);
      callback(status === undefined ? null : refusal(status));
    },
    onRcptTo(_, __, callback) {
      const status = recipients.shift();
      callback(status === undefined ? null : refusal(status));
    },
    onData(stream, session, callback) {
      let text = "";
      stream.on("data", (chunk) => {
        text += chunk;
      });
      stream.on("end", () => {
        const answer = answers.shift();
        const { mailFrom, rcptTo } = session.envelope;
        if (answer === undefined) {
          received.push({ from: mailFrom ? mailFrom.address : "", to: rcptTo[0]?.address ?? "", text });
        }
        for (const arrived of arrivals.splice(0)) arrived();
        if (answer === "hang") return;
        if (answer === "hang up") {
          // As a machine does that goes away: no reply, the connection is gone.
          for (const connection of smtp.connections) connection._socket.destroy();
          return;
        }
        callback(answer === undefined ? null : refusal(answer));
      });
    },
  }) as SMTPServer & { readonly connections: Set<{ readonly _socket: { destroy(): void } }> };
  smtp.on("error", () => {});
  const listening = smtp.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return {
    server: { host: "127.0.0.1", port, secure: false, requireTLS: false, auth: undefined },
    url: `smtp://127.0.0.1:${port}`,
    received,
    senders,
    recipients,
    answers,
    arrived: () => new Promise((resolve) => arrivals.push(resolve)),
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  };
}
