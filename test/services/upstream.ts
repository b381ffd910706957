/** A service of our own on loopback that behaves as APIs do: it counts, refuses, punishes, bans, lies, breaks and comes back. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as timer } from "node:timers/promises";
import { bodyOf, headersOf, json, type Written, write } from "./upstream-answers.ts";
import type { Upstream, UpstreamOptions, UpstreamRequest } from "./upstream-options.ts";
import { told } from "./upstream-tells.ts";
import { type Verdict, verdicts } from "./upstream-verdicts.ts";

export type {
  Fault,
  Tells,
  Upstream,
  UpstreamAnswer,
  UpstreamCounts,
  UpstreamLimit,
  UpstreamOptions,
  UpstreamRequest,
  UpstreamSettings,
} from "./upstream-options.ts";

const machineTime: NonNullable<UpstreamOptions["time"]> = {
  now: () => Date.now(),
  sleep: (ms, signal) => timer(ms, undefined, { signal }),
};

/** Starts an upstream on loopback. It decides about each request when its headers come, and answers once its body is there. */
export async function startUpstream(given: UpstreamOptions = {}): Promise<Upstream> {
  let options = given;
  const time = given.time ?? machineTime;
  let decided = verdicts(() => options, time.now());
  let open = 0;
  const busy = new Set<ServerResponse>();

  /** Header fields of an answer, lies included. */
  const fieldsOf = ({ is, limits, refusesForMs }: Verdict): Record<string, string> => {
    const nowMs = time.now() + (options.dateSkewMs ?? 0);
    const standing = { limits, refusesForMs, isRefusal: is !== "accepted", nowMs };
    const fields = { date: new Date(nowMs).toUTCString(), ...told(options.tells ?? ["retry-after"], standing) };
    return options.lies?.(fields) ?? fields;
  };

  const refusal = (status: number, reason: string): Omit<Written, "headers"> => {
    const body = json({ error: reason });
    return { status, body: body.padStart(options.refusalBytes ?? body.length) };
  };

  const answerOf = async (request: UpstreamRequest, { is }: Verdict): Promise<Written> => {
    const headers = { "content-type": "application/json" };
    if (is === "banned") return { headers, ...refusal(403, "banned") };
    if (is === "refused") return { headers, ...refusal(options.refusal ?? 429, "too many requests") };
    const made = (await options.answer?.(request)) ?? {};
    return {
      status: made.status ?? 200,
      headers: { ...headers, ...made.headers },
      body: made.body ?? json({ number: request.number }),
    };
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    busy.add(response);
    response.once("close", () => {
      busy.delete(response);
      gone.abort();
    });
    const atMs = time.now();
    const judge = decided;
    const verdict = judge.decide(atMs);
    const { method = "", url: path = "" } = incoming;
    const { number } = verdict;
    const request = { method, path, headers: headersOf(incoming), number, atMs, body: await bodyOf(incoming) };
    const fault = verdict.is === "accepted" ? judge.faultOf(request) : undefined;
    if (options.latencyMs !== undefined && options.latencyMs > 0) await time.sleep(options.latencyMs, gone.signal);
    // What is told was true when it was decided; who waits from the answer on waits long enough.
    const isOther = typeof fault === "number";
    const answer = isOther
      ? { status: fault, headers: {}, body: json({ error: fault }) }
      : await answerOf(request, verdict);
    const fields = isOther ? { date: fieldsOf(verdict)["date"] ?? "" } : fieldsOf(verdict);
    write(response, { ...answer, headers: { ...fields, ...answer.headers } }, fault);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      // Whoever asked is gone; or an answer, a lie or a fault threw, which a test has to see.
      if (response.headersSent || response.destroyed) response.destroy();
      else write(response, { status: 500, headers: {}, body: json({ error: String(error) }) }, undefined);
    });
  });
  server.on("connection", (socket) => {
    open++;
    socket.once("close", () => open--);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(given.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    counts: () => decided.counts(),
    acceptedAt: () => decided.acceptedAt(),
    requestedAt: () => decided.requestedAt(),
    mostWithin: (windowMs, what = "accepted") => decided.mostWithin(windowMs, what),
    connections: () => ({ open, busy: busy.size }),
    change(changes) {
      decided.beforeChange(time.now());
      options = { ...options, ...changes };
    },
    foreign: (cost = 1) => decided.foreign(cost, time.now()),
    reset() {
      decided = verdicts(() => options, time.now());
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
