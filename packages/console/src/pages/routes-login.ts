/** The page to log in on and what its form is sent to: in front of whatever asks who somebody is. */

import { type Context, Hono } from "hono";
import { mountOf } from "../access/mount.ts";
import type { Session } from "../access/session.ts";
import { loginPage } from "./login.tsx";

/** `isIn` tells who need not log in: they are sent on to the first page. */
export function loginRoutes(session: Session, isIn: (c: Context) => Promise<boolean>): Hono {
  return new Hono()
    .get("/login", async (c) =>
      (await isIn(c)) ? c.redirect(mountOf(c) || "/", 303) : c.html(loginPage({ base: mountOf(c) })),
    )
    .post("/login", (c) => session.login(c, (at, view) => at.html(loginPage(view))));
}
