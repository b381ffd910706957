/** Access logs in the Combined Log Format: one request a line, and a reason for every line that is none. */

import { isIP } from "node:net";

/** One request as the log has it. */
export interface LoggedRequest {
  /** Its place in the log, from 1. */
  readonly line: number;
  readonly address: string;
  /** The hour it came in, in milliseconds since 1970; what is finer is not believed. */
  readonly hourMs: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
  /** Empty where the log has none. */
  readonly agent: string;
}

/** A line that could not be read, and why. */
export interface MalformedLine {
  readonly line: number;
  readonly reason: string;
}

export const hourInMs = 3_600_000;

const quoted = String.raw`"((?:[^"\\]|\\.)*)"`;
const combined = new RegExp(String.raw`^(\S+) \S+ .*?\[([^\]]*)\] ${quoted} (\d{3}) (?:\d+|-) ${quoted} ${quoted}\s*$`);
const instant = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):\d{2}:\d{2} ([+-])(\d{2})(\d{2})$/;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Reads every line; blank ones are passed over. */
export function readLog(text: string): { readonly requests: LoggedRequest[]; readonly malformed: MalformedLine[] } {
  const requests: LoggedRequest[] = [];
  const malformed: MalformedLine[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue;
    const line = index + 1;
    const read = readLine(content, line);
    if (typeof read === "string") malformed.push({ line, reason: read });
    else requests.push(read);
  }
  return { requests, malformed };
}

/** The request of a line, or the reason why there is none. */
export function readLine(content: string, line: number): LoggedRequest | string {
  const fields = combined.exec(content);
  if (fields === null) return "not in the Combined Log Format";
  const [, address = "", at = "", request = "", status = "", , agent = ""] = fields;
  if (isIP(address) === 0) return "no address";
  const hourMs = hourOf(at);
  if (hourMs === undefined) return "no instant";
  const [, method = "", path = ""] = /^([A-Z]+) (\/\S*) HTTP\/\d(?:\.\d)?$/.exec(request) ?? [];
  if (!methods.has(method)) return "no request";
  return { line, address, hourMs, method, path, status: Number(status), agent: agent === "-" ? "" : unescaped(agent) };
}

function hourOf(at: string): number | undefined {
  const [, day, month = "", year, hour, sign, zoneHours, zoneMinutes] = instant.exec(at) ?? [];
  if (!months.includes(month) || Number(hour) > 23) return undefined;
  const local = Date.UTC(Number(year), months.indexOf(month), Number(day), Number(hour));
  if (new Date(local).getUTCDate() !== Number(day)) return undefined;
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return Math.floor((sign === "-" ? local + zoneMs : local - zoneMs) / hourInMs) * hourInMs;
}

/** Apache writes quotes, backslashes and bytes that are not printable with a backslash. */
function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, byte?: string, character?: string) =>
    byte === undefined ? (character ?? "") : String.fromCharCode(Number.parseInt(byte, 16)),
  );
}
