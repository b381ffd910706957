/** What an HTTP request to the front asks for: whose token, and which commands in which form. */

import type { IncomingMessage } from "node:http";

/** Commands as strings, and how they belong together. */
export interface Asked {
  readonly form: "single" | "pipeline" | "transaction";
  readonly commands: readonly (readonly string[])[];
}

/** A request that asks for nothing that could be carried out. */
export class BadRequest {
  readonly status: number;
  readonly message: string;

  constructor(status: number, message: string) {
    this.status = status;
    this.message = message;
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** From the header, or from the address as `_token`. */
export function tokenOf(request: IncomingMessage): string | undefined {
  const bearer = /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return bearer ?? addressOf(request).searchParams.get("_token") ?? undefined;
}

/** The commands of a request. */
export function askedOf(request: IncomingMessage, body: string): Asked | BadRequest {
  const { pathname, searchParams } = addressOf(request);
  const { method = "" } = request;
  const form = ({ "/": "single", "/pipeline": "pipeline", "/multi-exec": "transaction" } as const)[pathname];
  if (!(form ? ["POST", "PUT"] : ["GET", "HEAD", "POST", "PUT"]).includes(method)) {
    return new BadRequest(405, `Method ${method} is not allowed`);
  }
  if (form === undefined) return pathStyle(pathname, searchParams, body);
  const parsed = parsedJson(body);
  const commands = form === "single" ? [parsed] : parsed;
  if (!Array.isArray(commands) || commands.length === 0 || !commands.every(isCommand)) {
    return new BadRequest(400, `ERR failed to parse ${form === "single" ? "command" : `${form} request`}`);
  }
  return { form, commands: commands.map((command) => command.map(asText)) };
}

/** `/set/foo/bar?EX=100`: segments, then the body, then the parameters. */
function pathStyle(pathname: string, parameters: URLSearchParams, body: string): Asked {
  const command = pathname.slice(1).split("/").map(decodeURIComponent);
  if (body !== "") command.push(body);
  for (const [name, value] of parameters) {
    if (name !== "_token") command.push(name, ...(value === "" ? [] : [value]));
  }
  return { form: "single", commands: [command] };
}

function addressOf(request: IncomingMessage): URL {
  return new URL(request.url ?? "/", "http://front");
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isCommand(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && typeof value[0] === "string" && value[0] !== "";
}

/** Arguments are JSON of any kind; Redis knows only strings. */
function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
