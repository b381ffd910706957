/** The way out for mail, which a platform brings: the product knows no SMTP. */

/** A mail as it goes out; plain text. */
export interface OutgoingMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** With its angle brackets, the same at every attempt. */
  readonly messageId: string;
  readonly dateMs: number;
}

/**
 * What became of a mail.
 *
 * - `accepted`: the server took it.
 * - `deferred`: it said "not now" (4xx); it has nothing of it.
 * - `refused`: it said "never" (5xx).
 * - `unreachable`: nobody was asked: no connection, no sign-in.
 * - `sender-refused`: it takes no mail of this inbox, whoever it is for.
 * - `unknown`: the answer to the mail itself never came. It may be on its way, so it is never sent again.
 */
export interface Delivery {
  readonly outcome: "accepted" | "deferred" | "refused" | "unreachable" | "sender-refused" | "unknown";
  /** What the server said, or what went wrong, for the log. */
  readonly response: string;
}

/** Sends mails. What it throws is taken for `unknown`: better a mail lost than one sent twice. */
export interface MailTransport {
  /**
   * Once the signal is aborted nobody waits for the server any more: let go of the connection, and tell within a second what is
   * known by then.
   */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery>;
}

/** The ways out by their names, which inboxes name. */
export type MailTransports = Readonly<Record<string, MailTransport>>;
