/** The entry on Bun: how it listens, and how it stops. */

import { unmeasured } from "./head.ts";
import { farewell, type Listen } from "./listening.ts";
import { run } from "./run.ts";

/** As much of Bun as is used here. */
declare const Bun: {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    /** Whether errors that nobody catches are shown to the client. */
    readonly development: boolean;
    /** Whether others may listen on the same port. */
    readonly reusePort: boolean;
    fetch(request: Request, server: object): Promise<Response>;
  }): { readonly port: number; stop(closeActiveConnections?: boolean): Promise<void> };
};

const listen: Listen = (fetch, { address, port }) => {
  const server = Bun.serve({
    hostname: address,
    port,
    development: false,
    // Not to be left out: it is true unless told otherwise, where development is false.
    reusePort: false,
    async fetch(request, env) {
      const response = unmeasured(request, await fetch(request, env));
      // Of all answers, these alone get no date.
      if (request.method === "HEAD") response.headers.set("Date", new Date().toUTCString());
      return response;
    },
  });
  return {
    port: server.port,
    drain: () => farewell().then(() => server.stop()),
    cut: () => server.stop(true),
  };
};

await run(listen);
