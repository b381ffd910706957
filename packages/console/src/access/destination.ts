/** Where somebody wanted to go who has to log in first: a path of the console's own, carried through the login. */

import type { Context } from "hono";
import { mountOf } from "./mount.ts";
import { isUnsafe } from "./same-origin.ts";

const longest = 1_000;

/** The login's address, with where to go afterwards; for a form that came too late, with the word that it did. */
export function loginFrom(c: Context): string {
  const mount = mountOf(c);
  const { pathname, search } = new URL(c.req.url);
  const place = pathname.slice(mount.length);
  // Whoever is out already has lost nothing by logging out.
  if (isUnsafe(c.req.method)) return place === "/logout" ? `${mount}/login` : `${mount}/login?unsent`;
  const to = destinationOf(`${place}${search}`);
  return to === "" ? `${mount}/login` : `${mount}/login?${new URLSearchParams({ to })}`;
}

/** A path behind the mount; empty for the first page, and for everything that would lead elsewhere: the client has a hand in it. */
export function destinationOf(text: unknown): string {
  const isPath = typeof text === "string" && text.length <= longest && /^\/(?![/\\])[\x21-\x7e]+$/.test(text);
  return isPath ? text : "";
}
