/** Sessions of administrators: a token is shown once, a signed cookie says who it was for twelve hours. */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { AdminError } from "../admin/admin-error.ts";
import { secretOf } from "../records/keys.ts";
import { lineToConsole } from "../to-console.ts";
import type { Authorize } from "./authorize.ts";
import { destinationOf } from "./destination.ts";
import { formOf } from "./form.ts";
import { type LoginRefusal, loginAudit } from "./login-audit.ts";
import { lockMs, loginLimit } from "./login-limit.ts";
import { type LoginView, refusalOf } from "./login-view.ts";
import { mountOf } from "./mount.ts";
import { isSameOrigin } from "./same-origin.ts";
import { openSession, readSession } from "./session-cookie.ts";
import { checkSession, type SessionOptions } from "./session-options.ts";
import { type Signing, signing } from "./signing.ts";

/** How long a session lasts. It is not renewed. */
export const sessionMs = 12 * 3_600_000;

/** Shows the page with the field for the token. */
export type RenderLogin = (c: Context, view: LoginView) => Response | Promise<Response>;

export interface Session {
  /** Who a request's cookie says, for `console({ authorize })`. */
  readonly authorize: Authorize;
  /** Answers the form's POST with its field `token`; its field `to` says where to go behind the mount. */
  login(c: Context, render: RenderLogin): Promise<Response>;
  /** Answers a POST: the browser forgets the cookie. Whoever asks has been checked for csrf. */
  logout(c: Context): Response;
}

/**
 * Logins by token and sessions in a cookie.
 *
 * Five failures of an address in 15 minutes lock it out for 30; never an account, which would let strangers lock out its
 * owner. A cookie that a request brings along is never adopted: every login makes a new one.
 *
 * @throws ConfigError `SLUICE_OPTION_…`, or `SLUICE_BACKEND_UNSUPPORTED` for a backend that cannot count failures.
 */
export function session(options: SessionOptions): Session {
  checkSession(options);
  const { db, verify, backend, source, publicUrl, now = Date.now, onError = lineToConsole } = options;
  const limit = loginLimit(backend, source, onError);
  const audit = loginAudit(db, now, onError);
  let known: Signing | undefined;

  // The answer is kept and not the promise: on Workers a question ends with the request that asked it, and whoever waited for
  // it would wait for ever.
  const signer = async (): Promise<Signing> => {
    try {
      known ??= await signing(await secretOf(db, "session", now()));
      return known;
    } catch (cause) {
      throw new AdminError("unavailable", "The database does not answer, so nobody can be recognised.", { cause });
    }
  };
  const isSecure = (c: Context): boolean => options.secure ?? (isHttps(publicUrl) || isHttps(c.req.url));

  // The prefix keeps other hosts of the domain from planting one; browsers take it over https alone.
  const cookieOf = (c: Context) =>
    isSecure(c)
      ? ({ name: "sluice-session", prefix: "host", secure: true } as const)
      : ({ name: "sluice-session", prefix: undefined, secure: false } as const);

  const refuse = async (
    c: Context,
    render: RenderLogin,
    why: LoginRefusal,
    retryAfterMs?: number,
  ): Promise<Response> => {
    await audit.refused(why);
    const { status, view, headers } = refusalOf(why, mountOf(c), retryAfterMs);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    c.status(status);
    return render(c, { ...view, to: destinationOf((await formOf(c))["to"]) });
  };

  return {
    async authorize(c) {
      const { name, prefix } = cookieOf(c);
      const cookie = prefix === undefined ? getCookie(c, name) : getCookie(c, name, prefix);
      if (cookie === undefined) return undefined;
      const open = await readSession(await signer(), cookie, now());
      return open && { who: open.who, csrf: open.csrf };
    },

    async login(c, render) {
      if (!isSameOrigin(c.req.raw, publicUrl)) return refuse(c, render, "cross-origin");
      const { token, to } = await formOf(c);
      const attempt = await limit(c);
      if ("because" in attempt) return refuse(c, render, attempt.because, attempt.retryAfterMs);
      const who = typeof token === "string" && token !== "" ? await verify(token, c) : undefined;
      if (who === undefined || who === "") {
        const isLocked = await attempt.failed();
        return isLocked ? refuse(c, render, "locked", lockMs) : refuse(c, render, "wrong-token");
      }
      // First of all: what fails from here on is no fault of whoever logs in.
      await attempt.passed();
      const keys = await signer();
      await opened(who.slice(0, 100));
      const { name, prefix, secure } = cookieOf(c);
      const { cookie } = await openSession(keys, who.slice(0, 100), now() + sessionMs);
      setCookie(c, name, cookie, {
        ...(prefix !== undefined && { prefix }),
        secure,
        path: "/",
        httpOnly: true,
        sameSite: "Strict",
        maxAge: sessionMs / 1_000,
      });
      return c.redirect(`${mountOf(c)}${destinationOf(to)}` || "/", 303);
    },

    logout(c) {
      const { name, prefix, secure } = cookieOf(c);
      deleteCookie(c, name, { ...(prefix !== undefined && { prefix }), secure, path: "/" });
      return c.redirect(`${mountOf(c)}/login`, 303);
    },
  };

  async function opened(who: string): Promise<void> {
    try {
      await audit.opened(who);
    } catch (cause) {
      throw new AdminError("unavailable", "The database does not answer, so this login could not be written down.", {
        cause,
      });
    }
  }
}

function isHttps(url: string | undefined): boolean {
  return url !== undefined && new URL(url).protocol === "https:";
}
