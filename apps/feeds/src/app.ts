/** The product as one Hono app: what is mounted where, and who pays for what. It knows no platform. */

import {
  type AddressSource,
  type Backend,
  byFeedOwner,
  byIp,
  byUser,
  type DecisionEvent,
  type DenialLine,
  per,
  rateLimit,
} from "@sluice/core";
import { type Context, Hono } from "hono";
import { every } from "hono/combine";
import { cors } from "hono/cors";
import { accessRecorder, type Background } from "./access-log.ts";
import { apiRoutes } from "./api-routes.ts";
import { type ApiEnv, signedIn } from "./auth.ts";
import type { Database } from "./database.ts";
import { type Logger, loggable } from "./logger.ts";
import { plansFrom } from "./plans.ts";
import { problem, problemOf } from "./problem.ts";
import { accessLogged, feedAnswer, foundFeed, type PublicEnv } from "./public-feed.ts";
import { requestLog } from "./request-log.ts";

/** What a platform has to bring. */
export interface FeedsDeps {
  readonly db: Database;
  /** Where the counts live. */
  readonly backend: Backend;
  /** Where a client's address comes from; depends on what stands in front of the app. */
  readonly source: AddressSource;
  readonly logger: Logger;
  readonly background: Background;
  /** The address people use, such as `https://feeds.example`; without it, the one a request came to. */
  readonly publicUrl?: string | undefined;
  /** Hears of every decision, for whoever keeps a record of them. */
  readonly onDecision?: ((event: Pick<DecisionEvent, "allowed" | "decisions">) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Builds the app; it does nothing until the first request. */
export function feedsApp(deps: FeedsDeps): Hono {
  const { db, backend, source, logger, background, publicUrl, onDecision, now = Date.now } = deps;
  const plans = plansFrom(db, logger);
  const shared = {
    backend,
    log: (line: DenialLine) => logger.warn(line, "denied"),
    onError: (error: unknown) => logger.error(loggable(error), "limits are in trouble"),
    ...(onDecision ? { onDecision } : {}),
  };
  const perAddress = rateLimit({ ...shared, limiters: [byIp({ source, limit: per("10s", 100) })] });
  const perUser = rateLimit<ApiEnv>({
    ...shared,
    limiters: [byUser({ user: ({ context }) => context.var.user.id, limit: plans.limit("api") })],
  });
  const perOwner = rateLimit<PublicEnv>({
    ...shared,
    limiters: [byFeedOwner({ owner: ({ context }) => context.var.feed.ownerId, limit: plans.limit("publicFeed") })],
  });

  const app = new Hono();
  app.onError(problemOf(logger));
  app.notFound((c) => problem(c, 404, "There is nothing at this address."));
  app.use(requestLog(logger, source, now));

  app.get("/health", (c) => {
    const { scope, exact } = backend.features;
    c.header("Cache-Control", "no-store");
    return c.json({ ok: true, limiting: { enabled: scope !== "none", backend: backend.name, scope, exact } });
  });

  // CORS outermost, so that browsers may read a 429; the address before the token, so that guessing tokens is limited.
  app.use(
    "/api/*",
    cors({
      origin: "*",
      allowMethods: ["GET", "HEAD", "POST"],
      allowHeaders: ["Authorization", "Content-Type"],
      exposeHeaders: ["RateLimit", "RateLimit-Policy", "Retry-After", "Location", "WWW-Authenticate"],
      maxAge: 86_400,
    }),
    perAddress,
    signedIn(db),
    perUser,
  );
  app.route("/api", apiRoutes(db, now));

  // A known feed is paid for by its owner; guessing names is paid for by whoever guesses.
  const stranger = every(perAddress, async (c: Context) => problem(c, 404, "There is no such feed."));
  const record = accessRecorder(db, background, logger);
  app.get(
    "/public/:username/:document",
    foundFeed(db, stranger),
    accessLogged(record, source, now),
    perOwner,
    feedAnswer(db, (c) => publicUrl ?? new URL(c.req.url).origin),
  );
  return app;
}
