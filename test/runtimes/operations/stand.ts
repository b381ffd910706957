/** A small app in this process, and everything that somebody who runs it can see: its answers, its log, what it explains. */

import type { Explanation, RateLimitHandler } from "@sluice/core";
import { type Context, Hono } from "hono";

/** A request, and who sends it. */
export interface Sent {
  /** @default "/" */
  readonly path?: string;
  /** The address at the other end of the connection. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The app, hooks to be mounted with, and what has been seen so far. */
export interface Stand {
  readonly app: Hono;
  /** To be spread into the options of mounts and of a plan resolver. */
  readonly hooks: { onError(error: unknown): void };
  /** The option of mounts that takes the line of a denial. */
  readonly log: (line: object) => void;
  ask(sent?: Sent): Promise<Response>;
  /** Asks so many times, and gives the statuses. */
  askTimes(times: number, sent?: Sent): Promise<readonly number[]>;
  /** What a mount says of a request from this address; charges nothing. */
  explain(mount: RateLimitHandler, sent?: Sent): Promise<readonly Explanation[]>;
  note(line: string): void;
  seen(): string;
}

/** Makes one; mounts and routes are the caller's to add. */
export function stand(): Stand {
  const lines: string[] = [];
  const app = new Hono();
  const ask = async ({ path = "/", from = "192.0.2.1", headers = {} }: Sent = {}, asked = app): Promise<Response> => {
    const response = await asked.request(path, { headers }, { incoming: { socket: { remoteAddress: from } } });
    lines.push(await written(response.clone()));
    return response;
  };
  return {
    app,
    hooks: { onError: (error) => lines.push(errorText(error)) },
    log: (line) => lines.push(JSON.stringify(line)),
    ask,
    async askTimes(times, sent) {
      const statuses: number[] = [];
      for (let i = 0; i < times; i++) statuses.push((await ask(sent)).status);
      return statuses;
    },
    async explain(mount, sent) {
      const explaining = new Hono();
      explaining.get("*", async (c: Context) => c.json(await mount.explain(c)));
      lines.push("explain says:");
      return (await (await ask(sent, explaining)).json()) as readonly Explanation[];
    },
    note: (line) => lines.push(line),
    seen: () => lines.join("\n"),
  };
}

/** An answer as curl -i shows it. */
export async function written(response: Response): Promise<string> {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP ${response.status}`, ...headers, "", await response.text()].join("\n");
}

/** An error as a log has it, with what caused it. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${errorText(error.cause)}`;
}
