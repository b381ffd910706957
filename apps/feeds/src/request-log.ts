/** One structured line for every request: what was asked, what was answered, and which limiter said no. */

import type { AddressSource, RateLimitVariables } from "@sluice/core";
import type { MiddlewareHandler } from "hono";
import { addressText } from "./client-address.ts";
import type { Logger } from "./logger.ts";

/** Paths are the client's to invent, so their length is bounded; queries stay out, since secrets end up in them. */
const longestPath = 512;

/** Logs each request when its answer is ready. Headers are never logged: one of them is the token. */
export function requestLog(
  logger: Logger,
  source: AddressSource,
  now: () => number,
): MiddlewareHandler<{ Variables: Partial<RateLimitVariables> }> {
  return async function requestLog(c, next) {
    const startedMs = now();
    await next();
    const denied = c.var.rateLimit?.decisions.filter(({ allowed }) => !allowed);
    logger.info(
      {
        method: c.req.method,
        path: c.req.path.slice(0, longestPath),
        status: c.res.status,
        ms: now() - startedMs,
        address: addressText(source({ request: c.req.raw, env: c.env, context: c })),
        ...(denied?.length ? { deniedBy: denied.map(({ policy }) => policy.name) } : {}),
      },
      "request",
    );
  };
}
