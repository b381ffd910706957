/** What a client is told when something is wrong: application/problem+json (RFC 9457), never cached. */

import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Logger, loggable } from "./logger.ts";

/** One field that is wrong, and how. */
export interface Mistake {
  readonly field: string;
  readonly message: string;
}

const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  409: "Conflict",
  413: "Content Too Large",
  500: "Internal Server Error",
} as const;

/** Answers with a problem; `detail` says what to do about it. */
export function problem(
  c: Context,
  status: keyof typeof titles,
  detail: string,
  errors?: readonly Mistake[],
): Response {
  return c.body(JSON.stringify({ title: titles[status], status, detail, errors }), status, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
  });
}

/** Turns whatever was thrown into a problem; only what nobody foresaw is a 500, and is logged. */
export function problemOf(logger: Logger): (error: Error, c: Context) => Response {
  return (error, c) => {
    if (error instanceof HTTPException && error.status in titles) {
      return problem(c, error.status as keyof typeof titles, error.message);
    }
    if (c.req.raw.signal.aborted) {
      logger.info(loggable(error), "a client went away while it was sending");
      return problem(c, 400, "The request is not complete.");
    }
    logger.error({ ...loggable(error), method: c.req.method, path: c.req.path.slice(0, 512) }, "unexpected error");
    return problem(c, 500, "This is our mistake, and it has been logged. Try again later.");
  };
}
