/** /trpc: the API for tRPC's clients, behind the same doors in the same order, with every refusal in tRPC's own envelope. */

import { trpcServer } from "@hono/trpc-server";
import { trpc } from "@sluice/core/trpc";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type ApiEnv, signedIn } from "./auth.ts";
import type { Database } from "./database.ts";
import { type Logger, loggable } from "./logger.ts";
import type { OwnFeeds } from "./own-feeds.ts";
import { type ProblemStatus, problemOf } from "./problem.ts";
import { feedsRouter, type ProcedureContext } from "./trpc-router.ts";
import { largestBody } from "./validation.ts";

/** What the routes need, their limits among it. */
interface TrpcDeps {
  readonly db: Database;
  readonly own: OwnFeeds;
  readonly logger: Logger;
  readonly crossOrigin: MiddlewareHandler;
  readonly perAddress: MiddlewareHandler;
  /** Charges for each procedure. */
  readonly perUser: MiddlewareHandler<ApiEnv>;
}

/** Where no limit ends it, a batch could otherwise call as many procedures as an address has room for. */
const longestBatch = 100;

/** What limits in front of these routes cost, and how they refuse. */
export const { cost, onDenied, error } = trpc();

/** The routes, to be mounted at /trpc. A batch is charged, or refused, as a whole, before any of it is called. */
export function trpcRoutes({ db, own, logger, crossOrigin, perAddress, perUser }: TrpcDeps) {
  const routes = new Hono<ApiEnv>();
  routes.onError(problemOf(logger, refuse));
  routes.use(
    crossOrigin,
    perAddress,
    signedIn(db, refuse),
    async function notTooMany(c, next) {
      if (cost({ request: c.req.raw }) <= longestBatch) return next();
      return refuse(c, 413, `A batch has at most ${longestBatch} procedures.`);
    },
    perUser,
    bodyLimit({ maxSize: largestBody, onError: (c) => refuse(c, 413, `A body has at most ${largestBody} bytes.`) }),
    trpcServer({
      endpoint: "/trpc",
      router: feedsRouter(own),
      createContext: (_, c: Context<ApiEnv>) => ({ user: c.var.user }) satisfies ProcedureContext,
      // As the problems of the routes under /api.
      responseMeta: ({ errors }) => (errors.length > 0 ? { headers: { "Cache-Control": "no-store" } } : {}),
      onError({ error: { code, cause, message }, path, req }) {
        if (code !== "INTERNAL_SERVER_ERROR") return;
        logger.error({ ...loggable(cause ?? message), method: req.method, procedure: path }, "unexpected error");
      },
    }),
  );
  return routes;
}

/** Answers instead of all procedures of a request. */
function refuse(c: Context, status: ProblemStatus, detail: string): Response {
  const { body, headers } = error(c.req.raw, status, detail);
  return c.newResponse(body, { status, headers });
}
