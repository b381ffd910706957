/**
 * A local Upstash for tests: its REST protocol over a real redis-server, which breaks on command.
 *
 * Faithful as far as the official clients look: the three POST endpoints and the path style, base64, errors for each item
 * of a pipeline, the key-locking flag of scripts. Not here: streams of events, `resp2` answers, quotas and the bill itself.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { frontBill } from "./upstash-front-bill.ts";
import { type FrontDatabase, frontDatabase, readOnlyUser } from "./upstash-front-database.ts";
import { breaksOff, type Fault, type FrontFaults, frontFaults } from "./upstash-front-faults.ts";
import { type Answer, encodedAnswer, failed } from "./upstash-front-replies.ts";
import { type Asked, askedOf, BadRequest, bodyOf, tokenOf } from "./upstash-front-requests.ts";
import { scriptTranslation } from "./upstash-front-scripts.ts";

/** What `startUpstashFront()` is told. */
export interface UpstashFrontOptions {
  /** The server behind it, `redis://…`; best one of its own, since `commands()` counts for everybody who uses it. */
  readonly redisUrl: string;
  readonly token: string;
  /** A second token, whose commands may only read. */
  readonly readOnlyToken?: string;
}

/** A request as it was received. */
export interface FrontRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Commands with their arguments, as sent; empty where the body was none. */
  readonly commands: readonly (readonly string[])[];
  /** The client closed the connection before it had an answer. */
  readonly aborted: boolean;
}

/** A running front. */
export interface UpstashFront {
  readonly url: string;
  readonly token: string;
  /** HTTP requests so far, in the order of their arrival. */
  requests(): readonly FrontRequest[];
  /** Commands so far that Upstash would bill: each one received, and each one that a script called. */
  commands(): Promise<number>;
  readonly faults: FrontFaults;
  stop(): Promise<void>;
}

/** Starts a front on a free loopback port. */
export async function startUpstashFront(options: UpstashFrontOptions): Promise<UpstashFront> {
  const { redisUrl, token, readOnlyToken } = options;
  const scripts = scriptTranslation();
  const databases = new Map<string, FrontDatabase>([[token, await frontDatabase(redisUrl, scripts)]]);
  if (readOnlyToken !== undefined) {
    const user = await readOnlyUser(redisUrl, readOnlyToken);
    databases.set(readOnlyToken, await frontDatabase(redisUrl, scripts, user));
  }
  const bill = await frontBill(redisUrl);
  const { faults, next } = frontFaults();
  const seen: FrontRequest[] = [];
  let writes = 0;

  const decided = async (request: IncomingMessage, asked: Asked | BadRequest): Promise<Answer> => {
    const database = databases.get(tokenOf(request) ?? "");
    if (database === undefined) return failed(401, "WRONGPASS invalid or missing auth token");
    return asked instanceof BadRequest ? failed(asked.status, asked.message) : await database.run(asked);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const line = { method: request.method ?? "", path: request.url ?? "", headers: request.headers };
    const entry = { ...line, commands: [] as Asked["commands"], aborted: false };
    seen.push(entry);
    const fault = next();
    response.once("close", () => {
      entry.aborted = !response.writableFinished && (fault === undefined || !breaksOff(fault));
    });
    const asked = askedOf(request, await bodyOf(request));
    if (!(asked instanceof BadRequest)) entry.commands = asked.commands;

    if (fault !== undefined && (await brokenBefore(fault, response))) return;
    const answer = await decided(request, asked);
    const text = encodedAnswer(answer, request.headers["upstash-encoding"] === "base64");
    if (fault !== undefined && brokenAfter(fault, response, text)) return;
    response.setHeader("upstash-sync-token", `front-${++writes}`);
    send(response, answer.status, "application/json", text);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      // The database is gone: what Upstash would say of that is not documented, but it is no success.
      if (!response.headersSent) send(response, 500, "application/json", JSON.stringify({ error: String(error) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    requests: () => [...seen],
    commands: () => bill.commands(),
    faults,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const database of databases.values()) database.close();
      bill.close();
    },
  };
}

/** Whether the fault has taken the request before it could do anything. */
async function brokenBefore(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case "status":
      send(response, fault.status, fault.type, fault.body);
      return true;
    case "hang":
      return true;
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return false;
    default:
      return false;
  }
}

/** Whether the fault has taken the answer of a request that was carried out. */
function brokenAfter(fault: Fault, response: ServerResponse, text: string): boolean {
  switch (fault.kind) {
    case "dropAfterCommit":
      response.socket?.resetAndDestroy();
      return true;
    case "hangAfterCommit":
      return true;
    case "truncate":
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy());
      return true;
    default:
      return false;
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}
