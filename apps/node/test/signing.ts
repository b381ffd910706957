/** Reports of bounces as whoever sends for us would post them, signed. */

import { createHmac } from "node:crypto";

export const secret = "0123456789abcdef0123456789abcdef";

/** The header for a body at an instant. */
export function signature(body: string, atMs: number, key: string = secret): string {
  const t = Math.floor(atMs / 1_000);
  return `t=${t},v1=${createHmac("sha256", key).update(`${t}.${body}`).digest("hex")}`;
}

/** A request with a report, signed at an instant. */
export function posted(report: object | string, atMs: number, headers: Record<string, string> = {}): RequestInit {
  const body = typeof report === "string" ? report : JSON.stringify(report);
  const own = { "Content-Type": "application/json", "X-Sluice-Signature": signature(body, atMs) };
  return { method: "POST", body, headers: { ...own, ...headers } };
}
