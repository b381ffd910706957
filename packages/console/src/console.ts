/** The console: pages, admin API and login in one app, to be mounted in any other. */

import { aFunction, type Rules } from "@sluice/core/engine";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Authorize } from "./access/authorize.ts";
import { loginFrom } from "./access/destination.ts";
import { type GuardedEnv, guard, type Refusal } from "./access/guard.ts";
import { challenge } from "./access/login-view.ts";
import { mountOf, withoutSlash } from "./access/mount.ts";
import { securityHeaders } from "./access/security-headers.ts";
import type { Session } from "./access/session.ts";
import { aSession } from "./access/session-options.ts";
import { AdminError } from "./admin/admin-error.ts";
import { type AdministrationOptions, administration, checkAdministration } from "./administration.ts";
import { adminApi } from "./api/admin-api.ts";
import { liveStream } from "./api/live-stream.ts";
import { failedWith, limitedBody, turnedAway } from "./api/problems.ts";
import { assets } from "./assets/serve.ts";
import { errorDocument } from "./pages/error.tsx";
import { pages } from "./pages/index.ts";
import { loginRoutes } from "./pages/routes-login.ts";
import { toConsole } from "./to-console.ts";

export interface ConsoleOptions extends AdministrationOptions {
  /** Who may come in. There is no default: `session().authorize`, or a check of the app's own. */
  readonly authorize: Authorize;
  /** Made by `session()`: the console then has a page to log in on, and a button to log out. */
  readonly session?: Session | undefined;
}

const rules: Rules = {
  authorize: aFunction("a function that tells who may come in, such as authorize of session()"),
  session: aSession,
};

/**
 * The console. Every route but the login and the pages' own files asks `authorize` first.
 *
 * @example
 * app.route("/admin", console({ db, users, limits, plans, backend, standings, authorize }));
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function console(options: ConsoleOptions): Hono {
  checkAdministration("console()", options, rules, ["authorize"]);
  const { authorize, session, publicUrl, now = Date.now, onError = toConsole } = options;
  const admin = administration(options);
  const app = new Hono<GuardedEnv>()
    .use(securityHeaders())
    .use(withoutSlash())
    .use(limitedBody())
    .route("/assets", assets());
  if (session !== undefined)
    app.route(
      "/",
      loginRoutes(session, async (c) => (await authorize(c)) !== undefined),
    );
  app.use(guard(authorize, session ? toLogin : refused, publicUrl));
  if (session !== undefined) app.post("/logout", (c) => session.logout(c));
  app
    .route("/api", adminApi(admin, onError))
    .route("/", liveStream(admin.decisions))
    .route("/", pages({ admin, now, ...(session && { logout: "/logout" }) }));
  const failed = failedWith(onError);
  app.onError((error, c) =>
    isForPrograms(c) || error instanceof HTTPException ? failed(error, c) : shown(failed(error, c), error, c),
  );
  // Pages and API keep their own variables; whoever mounts this sees none of them.
  return app as unknown as Hono;

  function toLogin(c: Context, why: Refusal): Response | Promise<Response> {
    if (why !== "nobody" || isForPrograms(c)) return refused(c, why);
    return c.redirect(loginFrom(c), 303);
  }

  function refused(c: Context, why: Refusal): Response | Promise<Response> {
    const answer = turnedAway(c, why);
    if (isForPrograms(c)) return answer;
    if (why === "nobody") c.header("WWW-Authenticate", challenge);
    return page(c, 403, answer.status === 401 ? 401 : 403, sentences[why]);
  }

  function shown(answer: Response, error: Error, c: Context): Response | Promise<Response> {
    const status = answer.status === 503 ? 503 : 500;
    const sentence = error instanceof AdminError ? error.message : sentences.failed;
    return page(c, status, status, sentence);
  }

  function page(c: Context, like: 403 | 500 | 503, status: 401 | 403 | 500 | 503, sentence: string) {
    return c.html(errorDocument({ base: mountOf(c), nowMs: now(), status: like, sentence }), status);
  }
}

const sentences = {
  nobody: "This is for administrators. Log in to the app as one, and come back.",
  "cross-origin": "This came from another site, and changes something. Do it on the page of the console.",
  csrf: "Your session has changed since this page was made. Load the page again, and send it once more.",
  failed: "Something went wrong here. It was written to the log of the app.",
} as const;

/** The API and the stream answer problems, everything else pages. */
function isForPrograms(c: Context): boolean {
  return /^\/(api(\/|$)|live$)/.test(c.req.path.slice(mountOf(c).length));
}
