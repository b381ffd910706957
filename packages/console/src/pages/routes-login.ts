/** The page to log in on and what its form is sent to: in front of whatever asks who somebody is. */

import { type Context, Hono } from "hono";
import { destinationOf } from "../access/destination.ts";
import { mountOf } from "../access/mount.ts";
import type { Session } from "../access/session.ts";
import { loginPage } from "./login.tsx";

/** `isIn` tells who need not log in: they are sent on. */
export function loginRoutes(session: Session, isIn: (c: Context) => Promise<boolean>): Hono {
  return new Hono()
    .get("/login", async (c) => {
      const [base, to] = [mountOf(c), destinationOf(c.req.query("to"))];
      if (await isIn(c)) return c.redirect(`${base}${to}` || "/", 303);
      return c.html(loginPage({ base, to, isUnsent: c.req.query("unsent") !== undefined }));
    })
    .post("/login", (c) => session.login(c, (at, view) => at.html(loginPage(view))));
}
