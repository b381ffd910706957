/** Where the console is mounted, as the request that asks came to it. */

import type { Context, MiddlewareHandler } from "hono";
import { basePath } from "hono/route";

/** The path without a slash at its end: `/admin`; empty at the root. To be asked in a route of the console's own. */
export function mountOf(c: Context): string {
  return basePath(c).replace(/\/+$/, "");
}

/** Sends `/admin/` to `/admin`: Hono takes a slash at the end for another path. */
export function withoutSlash(): MiddlewareHandler {
  return async function withoutSlash(c, next) {
    const mount = mountOf(c);
    if (mount !== "" && c.req.path === `${mount}/`) return c.redirect(mount, 301);
    await next();
    return undefined;
  };
}
