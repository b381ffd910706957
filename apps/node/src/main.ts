/** The entry on Node: how it listens, and how it stops. */

import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as TcpServer } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { farewellMs, type Listen } from "./listening.ts";
import { run } from "./run.ts";

const listen: Listen = async (fetch, { address, port }) => {
  // Without other options it is a plain HTTP server, which the library's type leaves open.
  const server = createAdaptorServer({ fetch: (request, env) => fetch(request, env) }) as Server;
  server.on("request", readToTheEnd);
  server.listen(port, address);
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    drain: () =>
      new Promise((resolve) => {
        // A connection that is kept alive would be waited for, although its last answer has been given.
        // What has arrived is read before that.
        const idle = setInterval(() => setImmediate(() => server.closeIdleConnections()), farewellMs);
        // HTTP's own close() cuts what is idle at once, and with it the requests that are on their way at this moment.
        TcpServer.prototype.close.call(server, () => {
          clearInterval(idle);
          resolve(undefined);
        });
      }),
    cut: () => server.closeAllConnections(),
  };
};

/**
 * Lets the rest of a body pass that was refused unread, so that the next request on its connection is heard: the library tries to,
 * is held up by the stream it has put around the body, and closes the connection half a second later.
 */
function readToTheEnd(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once("finish", () => {
    // After the library has begun, whose time limit still holds.
    setImmediate(() => {
      if (!incoming.readableEnded) incoming.removeAllListeners("data").resume();
    });
  });
}

await run(listen);
