/** An HTTP client that keeps its connections and says how long each answer took. */

import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** From sending to the last byte. */
  readonly tookMs: number;
}

export interface Client {
  send(outgoing: Outgoing): Promise<Answer>;
  close(): void;
}

const patienceMs = 30_000;

export function client(url: string, connections: number): Client {
  const base = new URL(url);
  const secure = base.protocol === "https:";
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections });
  const request = secure ? httpsRequest : httpRequest;
  const prefix = base.pathname.replace(/\/$/, "");

  const send = ({ method, path, headers, body }: Outgoing): Promise<Answer> => {
    return new Promise((resolve, reject) => {
      const startedMs = performance.now();
      const options = { agent, method, path: prefix + path, headers, timeout: patienceMs };
      const asked = request(base, options, (response) => {
        response.on("error", reject).on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            tookMs: performance.now() - startedMs,
          });
        });
        response.resume();
      });
      asked.on("error", reject).on("timeout", () => asked.destroy(new Error(`no answer for ${patienceMs} ms`)));
      asked.end(body);
    });
  };
  return { send, close: () => agent.destroy() };
}
