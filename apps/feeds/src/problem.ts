/** What a client is told when something is wrong: application/problem+json (RFC 9457), never cached. */

import type { Context, TypedResponse } from "hono";
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

/** A status that a problem can have. */
export type ProblemStatus = keyof typeof titles;

/** The body of a problem. */
export interface Problem<Status extends ProblemStatus = ProblemStatus> {
  readonly title: string;
  readonly status: Status;
  readonly detail: string;
  readonly errors?: readonly Mistake[];
}

/** What is said of errors that nobody foresaw. */
export const unforeseen = "This is our mistake, and it has been logged. Try again later.";

/** Answers with a problem; `detail` says what to do about it. */
export function problem<Status extends ProblemStatus>(
  c: Context,
  status: Status,
  detail: string,
  errors?: readonly Mistake[],
): Response & TypedResponse<Problem<Status>, Status, "json"> {
  const answer: Response = c.body(JSON.stringify({ title: titles[status], status, detail, errors }), status, {
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
  });
  return answer as Response & TypedResponse<Problem<Status>, Status, "json">;
}

/** Turns whatever was thrown into an answer; only what nobody foresaw is a 500, and is logged. */
export function problemOf(
  logger: Logger,
  answer: (c: Context, status: ProblemStatus, detail: string) => Response = problem,
): (error: Error, c: Context) => Response {
  return (error, c) => {
    if (error instanceof HTTPException && error.status in titles) {
      return answer(c, error.status as ProblemStatus, error.message);
    }
    if (c.req.raw.signal.aborted) {
      logger.info(loggable(error), "a client went away while it was sending");
      return answer(c, 400, "The request is not complete.");
    }
    logger.error({ ...loggable(error), method: c.req.method, path: c.req.path.slice(0, 512) }, "unexpected error");
    return answer(c, 500, unforeseen);
  };
}
