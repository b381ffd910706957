/** One request over a connection of node:http, whose own address can be chosen; no decoding, no redirects, no retries. */

import { Agent, request } from "node:http";
import type { Answer, Ask } from "./target.ts";

/** Idle connections end at our side: a server that ends them first, as Bun does after ten seconds, may meet a request on its way. */
const idleMs = 4_000;

const agent = new Agent({ keepAlive: true, maxSockets: 16, timeout: idleMs });

/** Sends it, from `localAddress` where one is given: on loopback all of 127.0.0.0/8 is ours. */
export function sendTo(
  url: string,
  { path, method = "GET", headers = {}, body }: Omit<Ask, "client">,
  localAddress?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { agent, hostname, port, path, method, headers, ...(localAddress && { localAddress }) };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const named = Object.entries(response.headersDistinct).map(([name, values]) => [
          name,
          values?.join(", ") ?? "",
        ]);
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(named), body: text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
