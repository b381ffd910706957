/** The server's life: it listens or says why it cannot, and on a signal ends what it has begun and nothing more. */

import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Answers a request; `env` is what the runtime knows of the connection it came on. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>;

/** A server of the runtime. */
export interface Server {
  readonly port: number;
  /**
   * Comes to accept no connections, closes what is idle, and resolves once every one is closed; `answered` resolves when
   * the requests that are under way now have their answers.
   */
  drain(answered: () => Promise<unknown>): Promise<unknown>;
  /** Cuts off whatever is left. */
  cut(): void;
}

/** Starts to listen on an address, never a name, or fails with the runtime's own error, which carries the system's code. */
export type Listen = (
  fetch: Fetch,
  at: { readonly address: string; readonly port: number },
) => Server | Promise<Server>;

/** How long a connection may be idle once the process is told to end: the next request may be on its way. */
export const farewellMs = 50;

/** Waits as long, and then for what has arrived meanwhile to be read: a busy machine is late for everything at once. */
export async function farewell(): Promise<void> {
  await sleep(farewellMs);
  await sleep(5);
}

/** How long answers that are being written may take once the process is told to end. */
const patienceMs = 10_000;

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use already; stop the other program, or set PORT to another number",
  EACCES: "may not be used by this user; set PORT to 1024 or above",
  EADDRNOTAVAIL: "is not an address of this machine; set HOST to 127.0.0.1, or 0.0.0.0 for all",
  ENOTFOUND: "is not a name this machine can resolve; set HOST to an address",
};

/**
 * Serves on this address; `end` finishes what is under way, for a while, and resolves when nothing is left.
 *
 * @throws Error with a sentence that names the address and the cure.
 */
export async function listening(
  listen: Listen,
  fetch: Fetch,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; end(): Promise<void> }> {
  let isEnding = false;
  const underWay = new Set<Promise<Response>>();
  const answer: Fetch = async (request, env) => {
    const answering = Promise.resolve(fetch(request, env));
    underWay.add(answering);
    try {
      const response = await answering;
      // Told so, a client sends its next request elsewhere, and not into a connection that is about to close.
      if (isEnding) response.headers.set("Connection", "close");
      return response;
    } finally {
      underWay.delete(answering);
    }
  };
  let server: Server;
  try {
    // Looked up here, since only some runtimes tell a name that nobody has from other troubles.
    const { address } = await lookup(host);
    server = await listen(answer, { address, port });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new Error(`${host}:${port} ${reasons[code] ?? `cannot be used: ${message}`}.`, { cause: error });
  }
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    async end() {
      isEnding = true;
      const late = setTimeout(server.cut, patienceMs);
      await server.drain(() => Promise.allSettled(underWay));
      clearTimeout(late);
      // What was cut off comes to its own end now, and may still need what is closed next.
      if (underWay.size > 0) await Promise.race([Promise.allSettled(underWay), sleep(1_000)]);
    },
  };
}
