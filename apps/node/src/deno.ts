/** The entry on Deno: how it listens, and how it stops. */

import { unmeasured } from "./head.ts";
import { farewell, type Listen } from "./listening.ts";
import { run } from "./run.ts";

/** As much of Deno as is used here. */
declare const Deno: {
  serve(
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal; onListen(): void },
    fetch: (request: Request, info: object) => Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
};

const listen: Listen = (fetch, { address, port }) => {
  const cutting = new AbortController();
  // Told what to do once it listens, it does not print a line of its own.
  const options = { hostname: address, port, signal: cutting.signal, onListen() {} };
  const server = Deno.serve(options, async (request, info) => unmeasured(request, await fetch(request, info)));
  return {
    port: server.addr.port,
    async drain(answered) {
      // Deno 2.9 breaks bodies off that are still arriving when it shuts down (denoland/deno#36809): so these come first.
      await farewell();
      await answered();
      await server.shutdown();
    },
    cut: () => cutting.abort(),
  };
};

await run(listen);
