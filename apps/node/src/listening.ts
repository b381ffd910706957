/** The server's life: it listens or says why it cannot, and on a signal ends what it has begun and nothing more. */

import type { Server } from "node:http";
import { Server as TcpServer } from "node:net";
import { serve } from "@hono/node-server";

/** How long answers that are being written may take once the process is told to end. */
const patienceMs = 10_000;

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use already; stop the other program, or set PORT to another number",
  EACCES: "may not be used by this user; set PORT to 1024 or above",
  EADDRNOTAVAIL: "is not an address of this machine; set HOST to 127.0.0.1, or 0.0.0.0 for all",
  ENOTFOUND: "is not a name this machine can resolve; set HOST to an address",
};

/** Starts to listen; resolves with the server and its port, or rejects with a sentence that names the cure. */
export function listen(
  fetch: Parameters<typeof serve>[0]["fetch"],
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly server: Server; readonly port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, (address) => {
      server.off("error", refuse);
      // Without other options it is a plain HTTP server, which the library's type leaves open.
      resolve({ server: server as Server, port: address.port });
    });
    const refuse = (error: NodeJS.ErrnoException): void => {
      reject(new Error(`${host}:${port} ${reasons[error.code ?? ""] ?? `cannot be used: ${error.message}`}.`));
    };
    server.once("error", refuse);
  });
}

/** Resolves when the process is told to end; a second signal ends it at once. */
export function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const end = (signal: NodeJS.Signals): void => {
      process.off("SIGTERM", end).off("SIGINT", end);
      resolve(signal);
    };
    process.on("SIGTERM", end).on("SIGINT", end);
  });
}

/** Accepts no connections, lets what is under way finish for a while, then cuts it off. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Told so, a client sends its next request elsewhere, and not into a connection that is about to close.
    server.prependListener("request", (_, response) => response.setHeader("Connection", "close"));
    // A connection that is kept alive would be waited for, although its last answer has been given.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const late = setTimeout(() => server.closeAllConnections(), patienceMs);
    // HTTP's own close() cuts what is idle at once, and with it the requests that are on their way at this moment.
    TcpServer.prototype.close.call(server, () => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
  });
}
