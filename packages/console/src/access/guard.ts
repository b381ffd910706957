/** Lets administrators through and nobody else; what changes something must come from our own pages. */

import type { Context, MiddlewareHandler } from "hono";
import type { Administrator, Authorize } from "./authorize.ts";
import { formOf } from "./form.ts";
import { isSameOrigin, isUnsafe } from "./same-origin.ts";
import { sameText } from "./same-text.ts";

/** What routes behind the guard find in `c.var`. */
export interface GuardedEnv {
  Variables: { administrator: Administrator };
}

/** Why somebody is turned away. */
export type Refusal = "nobody" | "cross-origin" | "csrf";

/** Answers who is turned away. */
export type Refuse = (c: Context, why: Refusal) => Response | Promise<Response>;

/** Asks `authorize` once and puts the administrator into `c.var.administrator`. `publicUrl` is the address people use. */
export function guard(authorize: Authorize, refuse: Refuse, publicUrl?: string): MiddlewareHandler<GuardedEnv> {
  return async function guard(c, next) {
    const administrator = await authorize(c);
    if (administrator === undefined) return refuse(c, "nobody");
    if (isUnsafe(c.req.method)) {
      if (!isSameOrigin(c.req.raw, publicUrl)) return refuse(c, "cross-origin");
      const { csrf } = administrator;
      if (csrf !== undefined && !(await isSent(c, csrf))) return refuse(c, "csrf");
    }
    c.set("administrator", administrator);
    return next();
  };
}

/** An empty token is none, also where the app made it. */
async function isSent(c: Context, csrf: string): Promise<boolean> {
  const sent = await csrfSent(c);
  return sent !== "" && sameText(sent, csrf);
}

/** From the header, or the field of a form. */
async function csrfSent(c: Context): Promise<string> {
  const header = c.req.header("X-CSRF-Token");
  if (header !== undefined) return header;
  const type = c.req.header("Content-Type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return "";
  const { csrf } = await formOf(c);
  return typeof csrf === "string" ? csrf : "";
}
