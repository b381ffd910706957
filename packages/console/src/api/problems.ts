/** Refusals and failures as application/problem+json: a title, a sentence with the cure, a code for programs. */

import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as z from "zod/mini";
import type { Refusal } from "../access/guard.ts";
import { challenge } from "../access/login-view.ts";
import { AdminError } from "../admin/admin-error.ts";

/** The body of every answer that is no success; `field` is what is wrong, such as `limits.api`. */
export const problem = z.strictObject({
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  field: z.optional(z.string()),
});

export type Problem = z.infer<typeof problem>;

const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not logged in",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  422: "Invalid",
  428: "Version required",
  500: "Error",
  503: "Unavailable",
};

const codes: Readonly<Record<number, string>> = {
  400: "malformed",
  404: "unknown",
  405: "method",
  413: "too-large",
  415: "media-type",
  428: "version-required",
};

/** Answers with a problem. */
export function problemOf(
  c: Context,
  status: ContentfulStatusCode,
  code: string,
  detail: string,
  field?: string,
): Response {
  const body: Problem = { title: titleOf(status), status, detail, code, ...(field !== undefined && { field }) };
  return c.body(JSON.stringify(body), status, { "Content-Type": "application/problem+json" });
}

export function titleOf(status: number): string {
  return titles[status] ?? "Error";
}

/** Answers what was thrown. What nobody foresaw is told to `onError` and to nobody else. */
export function failedWith(onError: (error: unknown) => void): (error: Error, c: Context) => Response {
  return (error, c) => {
    if (isAdminError(error)) {
      if (error.status === 503) {
        onError(error.cause ?? error);
        c.header("Retry-After", "5");
      }
      return problemOf(c, error.status, error.code, error.message, error.field);
    }
    if (error instanceof HTTPException) {
      const { status, message, res } = error;
      if (res !== undefined) return res;
      return problemOf(c, status as ContentfulStatusCode, codes[status] ?? "refused", message || `${titleOf(status)}.`);
    }
    onError(error);
    return problemOf(c, 500, "error", "Something went wrong here. It was written to the log of the app.");
  };
}

/** Also one of another copy of this package. */
function isAdminError(error: Error): error is AdminError {
  return error instanceof AdminError || error.name === "AdminError";
}

/** Answers whoever the guard turns away. */
export function turnedAway(c: Context, why: Refusal): Response {
  if (why === "nobody") {
    c.header("WWW-Authenticate", challenge);
    return problemOf(c, 401, "nobody", "Log in first: this answers administrators alone.");
  }
  const detail =
    why === "csrf"
      ? "This needs the token of your session, in the header X-CSRF-Token or the field csrf. Load the page anew and send it again."
      : "This came from another site, and changes something. Do it on the page of the console.";
  return problemOf(c, 403, why, detail);
}

/** The largest body that is read: plans, notes and filters are far smaller. */
const mostBytes = 64 * 1024;

/** Turns away what is larger. */
export function limitedBody(): MiddlewareHandler {
  const detail = `Nothing here takes more than ${mostBytes / 1024} kB.`;
  return bodyLimit({ maxSize: mostBytes, onError: (c) => problemOf(c, 413, "too-large", detail) });
}

/** Turns away what has a body that is no JSON, which other sites could send without asking. */
export async function onlyJson(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const type = c.req.header("Content-Type");
  const hasBody = Number(c.req.header("Content-Length") ?? 0) > 0 || c.req.header("Transfer-Encoding") !== undefined;
  const isJson = type !== undefined && /^application\/json\s*(;|$)/i.test(type);
  if (isJson || (type === undefined && !hasBody)) {
    await next();
    return undefined;
  }
  return problemOf(c, 415, "media-type", "Send JSON, and say so: Content-Type: application/json.");
}
