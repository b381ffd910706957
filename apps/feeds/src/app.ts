/** The product as one Hono app: what is mounted where, and who pays for what. It knows no platform. */

import { livePlans, metricsRoute, type OutboundParts, recorder } from "@sluice/console";
import {
  type AddressSource,
  type Backend,
  byFeedOwner,
  byIp,
  byKey,
  byUser,
  type DecisionEvent,
  type DenialLine,
  type Incoming,
  isSluiceError,
  per,
  perMinute,
  rateLimit,
} from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { deadline } from "@sluice/core/resilience";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { cors } from "hono/cors";
import { apiRoutes } from "./api-routes.ts";
import { type ApiEnv, signedIn } from "./auth.ts";
import { watchedBackend } from "./backend-watch.ts";
import type { Background } from "./background.ts";
import { consoles } from "./consoles.ts";
import type { Database } from "./database.ts";
import { userDirectory } from "./directories.ts";
import { ownSubscriptionsIn } from "./gathering/own-subscriptions.ts";
import { type Health, healthOf } from "./health.ts";
import type { JobsHealth } from "./jobs/jobs-health.ts";
import { type Logger, loggable } from "./logger.ts";
import { loginBackend } from "./login-backend.ts";
import { bounceWebhook, type WebhookEnv } from "./mail/bounce-webhook.ts";
import { ownFeedsIn } from "./own-feeds.ts";
import { defaultPlan, defaultPlans, planLimits } from "./plans.ts";
import { problem, problemOf } from "./problem.ts";
import { ownProspectsIn } from "./prospects/own-prospects.ts";
import { accessLogged, feedAnswer, foundFeed, type PublicEnv } from "./public-feed.ts";
import { recordedCalls } from "./recorded-calls.ts";
import { requestLog } from "./request-log.ts";
import { appStandings } from "./standings.ts";
import { cost, onDenied, trpcRoutes } from "./trpc-routes.ts";

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
  /** Takes reports of bounces in; without it there is no such route. */
  readonly bounces?: BouncesDeps | undefined;
  /** Mail, calls and jobs as the console shows and holds them; without it, it has no such page. */
  readonly outbound?: OutboundParts | undefined;
  /** Counts failed logins where `backend` cannot; by default this process does. */
  readonly loginBackend?: Backend | undefined;
  /** Named by the console in the place of `backend`, where that is several behind one another: the one that decides. */
  readonly shownAs?: Backend | undefined;
  /** Opens /metrics to whoever shows it as a Bearer token; at least 16 characters. Without one there is no such route. */
  readonly metricsToken?: string | undefined;
  /** What /health says of jobs and mail; without it, nothing. */
  readonly jobsHealth?: (() => JobsHealth) | undefined;
  /** Whether feeds may be subscribed to that are not on the public Internet. @default false */
  readonly allowPrivateFetch?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What reports of bounces need. */
export interface BouncesDeps {
  /** Known to us and to whoever reports; at least 32 characters. */
  readonly secret: string;
  /** Counts reports about each inbox, whatever the backend of the product does; it is the one of the send quota. */
  readonly backend: Backend;
}

/** No backend may keep a request waiting for longer; those of Sluice that live elsewhere give up sooner. */
const patienceMs = 2_000;

/** The app, and what its /health says, for whoever starts it. */
export interface FeedsApp {
  readonly app: Hono;
  health(): Promise<Health>;
  /** Writes what has been recorded and waits to be written; for the end of a process, and of a job. Never rejects. */
  flush(): Promise<void>;
  /** What jobs have counted is written a moment later, along with the rest. */
  soon(): void;
}

/** Builds the app; it does nothing until the first request. */
export function feedsApp(deps: FeedsDeps): FeedsApp {
  const { db, source, logger, background, publicUrl, onDecision, now = Date.now } = deps;
  const plans = livePlans({
    ...{ db, users: userDirectory, limits: planLimits, defaults: defaultPlans, default: defaultPlan, now },
    onError: (error) => logger.error(loggable(error), "plans are in trouble"),
  });
  const records = recorder({
    ...{ db, background, limits: planLimits, planOf: plans.planOf, now },
    parts: deps.outbound?.metrics && [recordedCalls(db, deps.outbound.metrics, now)],
    onError: (error) => logger.error(loggable(error), "records are in trouble"),
  });
  const watched = watchedBackend(deadline(deps.backend, patienceMs), logger, now);
  const { backend } = watched;
  const shared = {
    backend,
    log: (line: DenialLine) => logger.warn(line, "denied"),
    onError: (error: unknown) => {
      if (!isAboutBackend(error)) logger.error(loggable(error), "limits are in trouble");
    },
    onDecision(event: Pick<DecisionEvent, "allowed" | "decisions">) {
      records.onDecision(event);
      onDecision?.(event);
    },
    onDenied: records.onDenied,
    onSettled: records.onSettled,
  };
  // What keeps strangers from guessing tokens and names holds with every backend: where that one counts nothing, or fails,
  // this process counts.
  const embedded = memory({ clock: { now } });
  const safety = { ...shared, backend: backend.features.scope === "none" ? embedded : backend };
  const anAddress = { source, limit: per("10s", 100), onFailure: embedded };
  const byAddress = byIp(anAddress);
  const perAddress = rateLimit({ ...safety, limiters: [byAddress] });
  // Browsers that come past the proxies share one quota, as they share their failed logins: refused, nobody on the machine
  // itself could look. What a person sees of a refusal is a sentence.
  const ofVisitors = byIp({ ...anAddress, missing: { key: "no-address" }, body: "text" });
  const perVisitor = rateLimit({ ...safety, limiters: [ofVisitors] });
  const ofUser = { user: ({ context }: Incoming<Context<ApiEnv>>) => context.var.user.id, limit: plans.limit("api") };
  const perUser = rateLimit<ApiEnv>({ ...shared, limiters: [byUser(ofUser)] });
  const perOwner = rateLimit<PublicEnv>({
    ...shared,
    limiters: [byFeedOwner({ owner: ({ context }) => context.var.feed.ownerId, limit: plans.limit("publicFeed") })],
  });

  const app = new Hono();
  app.onError(problemOf(logger));
  app.notFound((c) => problem(c, 404, "There is nothing at this address."));
  app.use(requestLog(logger, source, now));

  const { outbound, shownAs } = deps;
  const logins = loginBackend([backend, deps.loginBackend], embedded);
  const health = healthOf(watched, embedded, now, background, deps.jobsHealth);
  app.get("/health", async (c) => {
    c.header("Cache-Control", "no-store");
    // 200 also while limits are degraded: requests are served, and no other instance would have a better backend.
    return c.json(await health());
  });

  const look = () => background(() => health().then(() => {}));
  const standings = appStandings({ watched, shownAs, embedded, logins: logins.shownAs, look });
  // Which binding serves which number is known to the one that has bindings, and not to what stands around it.
  const asked = { ...deps.backend, ...backend };
  const seen = {
    db,
    logger,
    now,
    source,
    backend: asked,
    logins: logins.backend,
    plans,
    standings,
    outbound,
    publicUrl,
    perAddress,
    perVisitor,
  };
  const { admin, usage } = consoles(seen);
  app.route("/admin", admin).route("/usage", usage);
  if (deps.metricsToken !== undefined) {
    const calls = outbound?.metrics && { snapshot: outbound.metrics };
    app.get("/metrics", metricsRoute({ token: deps.metricsToken, recorder: records, standings, outbound: calls }));
  }

  // CORS outermost, so that browsers may read a 429; the address before the token, so that guessing tokens is limited.
  app.use("/api/*", crossOrigin("Authorization", "Content-Type"), perAddress, signedIn(db), perUser);
  const own = ownFeedsIn(db, now);
  const subscriptions = ownSubscriptionsIn(db, now);
  app.route("/", apiRoutes(own, ownProspectsIn(db, now), subscriptions, deps.allowPrivateFetch ?? false));

  // The same quotas for tRPC, whose clients read refusals in an envelope; a procedure costs what a request does.
  const trpcDenied = (event: Parameters<typeof onDenied>[0] & Parameters<typeof records.onDenied>[0]) => {
    records.onDenied(event);
    return onDenied(event);
  };
  const trpcLimits = {
    perAddress: rateLimit({ ...safety, limiters: [byAddress], onDenied: trpcDenied }),
    perUser: rateLimit<ApiEnv>({ ...shared, limiters: [byUser({ ...ofUser, cost })], onDenied: trpcDenied }),
  };
  const trpcOrigin = crossOrigin("Authorization", "Content-Type", "trpc-accept");
  app.route("/trpc", trpcRoutes({ db, own, logger, crossOrigin: trpcOrigin, ...trpcLimits }));

  // Of strangers the address pays, before anything of theirs is looked at; what is signed is charged to the inbox it is about.
  if (deps.bounces !== undefined) {
    const { secret, backend } = deps.bounces;
    const sender = ({ context }: Incoming<Context<WebhookEnv>>) => context.var.report.inbox;
    const byInbox = byKey({ name: "bounces", key: sender, limit: perMinute(60), onFailure: embedded });
    // Nobody watches this backend, so what it meets is told here.
    const onError = (error: unknown) => logger.error(loggable(error), "reports of bounces are limited by this process");
    const counting = { ...shared, onError, backend: deadline(backend, patienceMs) };
    const perSender = rateLimit<WebhookEnv>({ ...counting, limiters: [byInbox] });
    app.route("/webhooks", bounceWebhook({ db, logger, secret, perAddress, perSender, now }));
  }

  // A known feed is paid for by its owner; guessing names is paid for by whoever guesses.
  const stranger = every(perAddress, async (c: Context) => problem(c, 404, "There is no such feed."));
  app.get(
    "/public/:username/:document",
    foundFeed(db, stranger),
    accessLogged(records.access, source, now),
    perOwner,
    feedAnswer(db, (c) => publicUrl ?? new URL(c.req.url).origin),
  );
  return { app, health, flush: records.flush, soon: records.soon };
}

/** Lets scripts of every origin ask, sending these headers beside harmless ones, and read what the limits say. */
function crossOrigin(...allowHeaders: string[]): MiddlewareHandler {
  return cors({
    origin: "*",
    allowMethods: ["GET", "HEAD", "POST", "DELETE"],
    allowHeaders,
    exposeHeaders: ["RateLimit", "RateLimit-Policy", "Retry-After", "Location", "WWW-Authenticate"],
    maxAge: 86_400,
  });
}

/** What every mount would say once for itself has been said when it was seen: see backend-watch.ts. */
function isAboutBackend(error: unknown): boolean {
  return isSluiceError(error) && ["SLUICE_BACKEND_FAILED", "SLUICE_BACKEND_RECOVERED"].includes(error.code);
}
