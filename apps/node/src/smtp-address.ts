/** The address of a mail server, checked; what is secret in it is never shown. */

import { addressOf, type Mistaken, withoutSecrets } from "@sluice/feeds/settings";

/** A mail server with what is needed to speak to it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise from STARTTLS on, where the server offers it. */
  readonly secure: boolean;
  /** Nothing is said without TLS. */
  readonly requireTLS: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
}

const example = "smtps://user:password@smtp.example:465";

/** Reads `smtp://` and `smtps://` addresses. A password is sent over TLS alone, but for servers on this machine. */
export function smtpServer(given: string, mistaken: Mistaken): SmtpServer | undefined {
  const url = addressOf(given);
  if (url === undefined) {
    const cure = "with %40 for an @ and %2F for a / in a password";
    mistaken(`SMTP_URL is set, but not to an address that can be read, such as ${example}, ${cure}`);
    return undefined;
  }
  const shown = `SMTP_URL=${withoutSecrets(url)}`;
  const { protocol, hostname, port, username, password, pathname, search, hash } = url;
  if (!/^smtps?:$/.test(protocol)) {
    mistaken(`${shown} has to begin with smtp:// or smtps://, such as ${example}`);
    return undefined;
  }
  if (!/^\/?$/.test(pathname) || search !== "" || hash !== "") {
    mistaken(`${shown} ends with its port and takes no options; leave out what comes after it`);
    return undefined;
  }
  if (username === "" && password !== "") {
    mistaken(`${shown} has a password and no user; write both, as in ${example}`);
    return undefined;
  }
  const secure = protocol === "smtps:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const auth = username === "" ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  return {
    host,
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && auth !== undefined && !isHere,
    auth,
  };
}
