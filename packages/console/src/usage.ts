/** Usage & limits of the user who is signed in: a page, and the same as JSON. Nothing of anybody else, nothing to change. */

import { aFunction, type Rules } from "@sluice/core/engine";
import { type Context, Hono } from "hono";
import { guard, type Refusal } from "./access/guard.ts";
import { challenge } from "./access/login-view.ts";
import { mountOf, withoutSlash } from "./access/mount.ts";
import { securityHeaders } from "./access/security-headers.ts";
import type { Session } from "./access/session.ts";
import { aSession } from "./access/session-options.ts";
import type { Admin } from "./admin/admin.ts";
import { AdminError } from "./admin/admin-error.ts";
import type { FeedReads } from "./admin/feeds-admin.ts";
import type { QuotaRow } from "./admin/quota-admin.ts";
import type { BackendStanding } from "./admin/standing.ts";
import { type AdministrationOptions, administration, checkAdministration } from "./administration.ts";
import { failedWith, limitedBody, problemOf } from "./api/problems.ts";
import { assets } from "./assets/serve.ts";
import { errorDocument } from "./pages/error.tsx";
import { loginRoutes } from "./pages/routes-login.ts";
import { type UsageLimit, usagePage } from "./pages/usage.tsx";
import { toConsole } from "./to-console.ts";

export interface UsageOptions extends AdministrationOptions {
  /** Who is signed in, by the id that the table of users has; undefined for nobody. The only user whose data is answered. */
  readonly user: (c: Context) => { readonly id: string } | undefined | Promise<{ readonly id: string } | undefined>;
  /** Made by `session()`, where its cookie is what `user` goes by: there is then a page to log in on, and a button to log out. */
  readonly session?: Session | undefined;
}

/** What one user is told. Who granted an override, and why, is not in here. */
export interface Usage {
  readonly id: string;
  readonly name: string;
  readonly plan: { readonly name: string; readonly features: readonly string[] };
  /** By the limit's name: what holds, and whether it was granted to this user. */
  readonly limits: Readonly<Record<string, UsageLimit & { readonly label: string; readonly unit: string }>>;
  readonly blockedUntilMs?: number | undefined;
  /** Live; numbers are absent where the backend cannot know them. */
  readonly quota: readonly QuotaRow[];
  /** Reads of the last 24 hours; absent where the app has no feeds. */
  readonly feeds?: readonly FeedReads[] | undefined;
}

const rules: Rules = {
  user: aFunction("a function that tells who is signed in: (c) => ({ id }) or undefined"),
  session: aSession,
};

/**
 * `GET /` is the page, `GET /api` the same as JSON. Whoever is not signed in gets 401, or is sent to the login where there is one.
 *
 * @example
 * app.route("/usage", usage({ db, users, limits, plans, backend, standings, user: (c) => c.var.user }));
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function usage(options: UsageOptions): Hono {
  checkAdministration("usage()", options, rules, ["user"]);
  const { user, session, publicUrl, limits, standings, now = Date.now, onError = toConsole } = options;
  const admin = administration(options);
  const failed = failedWith(onError);
  const app = new Hono().use(securityHeaders()).use(withoutSlash()).use(limitedBody()).route("/assets", assets());
  if (session !== undefined) {
    app.route(
      "/",
      loginRoutes(session, async (c) => (await user(c)) !== undefined),
    );
    app.post("/logout", guard(session.authorize, noLogout, publicUrl), (c) => session.logout(c));
  }
  const isApi = (c: Context): boolean => c.req.path.slice(mountOf(c).length) === "/api";
  const page = (c: Context, like: 403 | 404 | 500 | 503, status: 401 | 403 | 404 | 500 | 503, sentence: string) =>
    c.html(errorDocument({ base: mountOf(c), nowMs: now(), status: like, sentence }), status);

  app.get("/api", async (c) => {
    const { id } = (await user(c)) ?? {};
    if (id === undefined) return nobody(c);
    return c.json(await usageOf(admin, id), 200);
  });
  app.get("/", async (c) => {
    const { id } = (await user(c)) ?? {};
    if (id === undefined) return nobody(c);
    const [found, standing, open] = await Promise.all([
      usageOf(admin, id),
      orUndefined(standings),
      session?.authorize(c),
    ]);
    const frame = { base: mountOf(c), nowMs: now(), csrf: open?.csrf };
    const { limits: holding, ...told } = found;
    return c.html(
      usagePage({ ...told, frame, holding, limits, standings: standing, ...(open && { logout: "/logout" }) }),
    );
  });
  app.onError((error, c) => {
    const answer = failed(error, c);
    if (isApi(c) || ![404, 500, 503].includes(answer.status)) return answer;
    const status = answer.status as 404 | 500 | 503;
    const sentence = error instanceof AdminError ? error.message : "Something went wrong here. Try again in a moment.";
    return page(c, status, status, sentence);
  });
  return app;

  /** A program that shows a token of its own is told; a browser is shown where to log in. */
  function nobody(c: Context): Response | Promise<Response> {
    const isBrowser = !isApi(c) && c.req.header("Authorization") === undefined;
    if (session !== undefined && isBrowser) return c.redirect(`${mountOf(c)}/login`, 303);
    c.header("WWW-Authenticate", challenge);
    if (isApi(c)) return problemOf(c, 401, "nobody", "Sign in first: this answers users about themselves.");
    return page(c, 403, 401, "Sign in first: this page is about your own usage.");
  }

  function noLogout(c: Context, why: Refusal): Response | Promise<Response> {
    if (why === "nobody") return c.redirect(`${mountOf(c)}/login`, 303);
    return page(c, 403, 403, "Nothing has changed: this did not come from the page of your session. Load it again.");
  }
}

async function usageOf(admin: Admin, id: string): Promise<Usage> {
  const reading = admin.users.read(id);
  const [detail, plans, quota, feeds] = await Promise.all([
    reading,
    admin.plans.list(),
    reading.then(({ limits }) => admin.quota.read(id, limits)),
    admin.feeds?.feedsOf(id),
  ]);
  const { name, plan: planId, blocked, overrides } = detail;
  const { name: planName = planId, features = [] } = plans.find((plan) => plan.id === planId) ?? {};
  const holding = Object.entries(detail.limits).flatMap(([limit, { units, from }]) => {
    const { label, unit } = admin.limits[limit] ?? {};
    if (label === undefined || unit === undefined) return [];
    const isCustom = from === "override";
    const expiresAtMs = isCustom ? overrides.find((each) => each.limit === limit)?.expiresAtMs : undefined;
    return [[limit, { label, unit, units, isCustom, expiresAtMs }] as const];
  });
  return {
    id,
    name,
    plan: { name: planName, features },
    limits: Object.fromEntries(holding),
    blockedUntilMs: blocked?.untilMs,
    quota,
    feeds,
  };
}

/** How the limits stand is an extra here: the page is more important. */
async function orUndefined(standings: Admin["standings"]): Promise<readonly BackendStanding[] | undefined> {
  try {
    return await standings();
  } catch {
    return undefined;
  }
}
