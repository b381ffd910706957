/** Mail by SMTP: one connection for each mail, and an answer that says what is known of it and what is not. */

import { Readable } from "node:stream";
import type { Delivery, MailTransport, OutgoingMail } from "@sluice/feeds";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { SmtpServer } from "./smtp-address.ts";

/** What nodemailer's errors carry. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/** How long each step may take, in milliseconds. Together they stay below the life of a reservation. */
export interface SmtpPatience {
  /** @default 10_000 */
  readonly connectionTimeout?: number;
  /** @default 10_000 */
  readonly greetingTimeout?: number;
  /**
   * Without a byte from the server. RFC 5321 lets one think for ten minutes about a mail that it has in full; most are done at
   * once, and longer than this nobody's turn comes.
   * @default 60_000
   */
  readonly socketTimeout?: number;
}

/** Makes the transport; nothing is connected before the first mail. */
export function smtpTransport(server: SmtpServer, patience: SmtpPatience = {}): MailTransport {
  const { auth, ...where } = server;
  const options = {
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    // A server that does not close its side keeps neither the connection nor the process.
    socketCloseTimeout: 500,
    ...patience,
    ...where,
    logger: false,
  };

  return {
    async send(mail, signal) {
      const written = await composed(mail);
      const connection = new SMTPConnection(options);
      /** Whether the server may have the mail: it is asked for by the server's own "go ahead". */
      let begun = false;
      const content = new Readable({
        read() {
          begun = true;
          this.push(written);
          this.push(null);
        },
      });
      const { promise: failed, reject: fail } = Promise.withResolvers<never>();
      connection.on("error", fail);
      // The library waits for its own time limits even then, and the process with it.
      const leave = (): void => {
        fail(signal.reason);
        connection.close();
      };
      // Whatever comes after the answer is nobody's concern.
      failed.catch(() => {});
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
      try {
        const step = (work: (done: (error?: Error | null) => void) => void): Promise<void> =>
          Promise.race([
            failed,
            new Promise<void>((resolve, reject) => work((error) => (error ? reject(error) : resolve()))),
          ]);
        await step((done) => connection.connect(done));
        if (auth) await step((done) => connection.login({ credentials: auth }, done));
        let response = "";
        await step((done) =>
          connection.send({ from: mail.from, to: [mail.to] }, content, (error, info) => {
            response = info?.response ?? "";
            done(error);
          }),
        );
        connection.quit();
        return { outcome: "accepted", response };
      } catch (error) {
        return delivery(error as SmtpError, begun);
      } finally {
        signal.removeEventListener("abort", leave);
        connection.close();
      }
    },
  };
}

/** The reply to a mail above the server's size, which is the mail's own fault. */
const tooLarge = 552;

/**
 * What is known after a failure. A reply is a reply, also where it ends the connection; without one, a mail that was begun may
 * have arrived in full.
 */
function delivery({ code, command = "", responseCode = 0, response, message }: SmtpError, begun: boolean): Delivery {
  const told = (outcome: Delivery["outcome"]): Delivery => ({ outcome, response: response || message });
  // What is no refusal says nothing of the mail, such as a reply that nobody has asked for.
  if (responseCode < 400 || responseCode > 599) {
    if (begun) return told("unknown");
    if (/^Invalid sender /.test(message)) return told("sender-refused");
    // An address that no server could be asked about, or a mail above the size that the server has told.
    return told(code === "EENVELOPE" || code === "EMESSAGE" ? "refused" : "unreachable");
  }
  if (!begun) {
    if (!/^(MAIL FROM|RCPT TO|DATA)$/.test(command)) return told("unreachable");
    // It knows the inbox by then, and of the mail no more than its size; one that closes its doors means everybody.
    if (command === "MAIL FROM" && responseCode === 421) return told("unreachable");
    if (command === "MAIL FROM" && responseCode !== tooLarge) return told("sender-refused");
  }
  return told(responseCode >= 500 ? "refused" : "deferred");
}

function composed({ from, to, subject, text, messageId, dateMs }: OutgoingMail): Promise<Buffer> {
  return new MailComposer({ from, to, subject, text, messageId, date: new Date(dateMs) }).compile().build();
}
