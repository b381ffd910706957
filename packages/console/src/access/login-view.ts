/** What the login page shows, and how a refused login is answered. */

import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { LoginRefusal } from "./login-audit.ts";

/** What the page is made of. */
export interface LoginView {
  /** Path that the console is mounted at, without a slash at its end. The form posts to `${base}/login`, field `token`. */
  readonly base: string;
  /** Why the last attempt was refused. */
  readonly refusal?: LoginRefusal | undefined;
  /** The same as a sentence for people, with what to do. */
  readonly message?: string | undefined;
  /** Where to go behind the mount once logged in: the form's field `to`. Empty for the first page. */
  readonly to?: string | undefined;
  /** Whether a form was sent after the session had ended. */
  readonly isUnsent?: boolean | undefined;
  /** How long to wait, where that helps. */
  readonly retryAfterMs?: number | undefined;
}

/** What a browser is told it lacks; no browser shows a box of its own for it. */
export const challenge = 'Session realm="console"';

/** An answer to a login that failed. */
export interface RefusedLogin {
  readonly status: ContentfulStatusCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly view: LoginView;
}

export function refusalOf(refusal: LoginRefusal, base: string, retryAfterMs: number | undefined): RefusedLogin {
  const wait = retryAfterMs === undefined ? {} : { "Retry-After": `${Math.max(1, Math.ceil(retryAfterMs / 1_000))}` };
  const message = messages[refusal](retryAfterMs);
  return { ...answers[refusal](wait), view: { base, refusal, message, retryAfterMs } };
}

type Headers = Readonly<Record<string, string>>;

const answers: Record<LoginRefusal, (wait: Headers) => Omit<RefusedLogin, "view">> = {
  "wrong-token": () => ({ status: 401, headers: { "WWW-Authenticate": challenge } }),
  locked: (headers) => ({ status: 429, headers }),
  "cross-origin": () => ({ status: 403, headers: {} }),
  unavailable: () => ({ status: 503, headers: { "Retry-After": "5" } }),
};

const messages: Record<LoginRefusal, (retryAfterMs: number | undefined) => string> = {
  "wrong-token": () => "This token is not known. Check that it was copied whole.",
  locked: (ms) =>
    `Too many failed logins came from your address. Try again ${ms === undefined ? "later" : `in ${inWords(ms)}`}.`,
  "cross-origin": () => "This form was sent from another site. Open this page and log in here.",
  unavailable: () => "Failed logins cannot be counted just now, so nobody can log in. Try again in a moment.",
};

/** Rounded up, as people say it: "30 minutes", "45 seconds". */
function inWords(ms: number): string {
  const [count, unit] =
    ms > 90_000 ? [Math.ceil(ms / 60_000), "minute"] : [Math.max(1, Math.ceil(ms / 1_000)), "second"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
