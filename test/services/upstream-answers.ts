/** How an upstream's answers reach the wire: whole, with half a body, or not at all. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "./upstream-options.ts";

/** An answer as it is written. */
export interface Written {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes an answer, or what a fault leaves of it. */
export function write(response: ServerResponse, answer: Written, fault: Fault | undefined): void {
  if (fault === "hang" || response.destroyed) return;
  if (fault === "drop") {
    response.socket?.destroy();
    return;
  }
  const { headers, body } = answer;
  const length = { "content-length": `${Buffer.byteLength(body)}` };
  response.writeHead(typeof fault === "number" ? fault : answer.status, { ...length, ...headers });
  if (fault !== "half" && fault !== "stall") {
    response.end(body);
    return;
  }
  const half = Buffer.from(body).subarray(0, Buffer.byteLength(body) >> 1);
  response.write(half, () => {
    if (fault === "half") response.socket?.destroy();
  });
}

/** A request's body as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** A request's headers, each with one value. */
export function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

export const json = (value: unknown): string => `${JSON.stringify(value)}\n`;
