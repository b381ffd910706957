/** The console at /admin, and everybody's own usage at /usage: who may come in, and what both are told of this app. */

import {
  type Authorize,
  console,
  type LivePlans,
  type OutboundParts,
  type Session,
  type Standings,
  session,
  usage,
} from "@sluice/console";
import type { AddressSource, Backend } from "@sluice/core";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { type User, userByName } from "./accounts.ts";
import { bearerToken, userOfToken } from "./auth.ts";
import type { Database } from "./database.ts";
import { feedDirectory, userDirectory } from "./directories.ts";
import { type Logger, loggable } from "./logger.ts";
import { planLimits } from "./plans.ts";

interface ConsolesDeps {
  readonly db: Database;
  readonly logger: Logger;
  readonly now: () => number;
  readonly source: AddressSource;
  /** Where plans' limits are counted. */
  readonly backend: Backend;
  /** Where failed logins are counted. */
  readonly logins: Backend;
  readonly plans: LivePlans;
  readonly standings: Standings;
  readonly outbound: OutboundParts | undefined;
  /** The address people use; undefined: the one that each request came to. */
  readonly publicUrl: string | undefined;
  /** In front of whatever takes tokens. */
  readonly perAddress: MiddlewareHandler;
  /** In front of pages, which take none: whoever has no address is let in, too. */
  readonly perVisitor: MiddlewareHandler;
}

/** Makes both; nothing happens before somebody comes. */
export function consoles(deps: ConsolesDeps): { readonly admin: Hono; readonly usage: Hono } {
  const { db, logger, now, source, logins, publicUrl, perAddress, perVisitor } = deps;
  const onError = (error: unknown): void => logger.error(loggable(error), "the console is in trouble");
  const told = { db, now, onError, publicUrl, users: userDirectory, feeds: feedDirectory, limits: planLimits };
  const { backend, plans, standings, outbound } = deps;
  const all = { ...told, backend, plans, standings };
  /** One cookie serves both: it says who somebody is, and what they may is looked up at every request. */
  const sessionOf = (isWelcome: (user: User) => boolean): Session =>
    session({
      ...{ db, source, now, onError, publicUrl, backend: logins },
      async verify(token) {
        const user = await userOfToken(db, token);
        return user && isWelcome(user) ? user.username : undefined;
      },
    });
  const admins = sessionOf(isAdmin);
  const members = sessionOf(() => true);
  const authorize: Authorize = async (c) => {
    const found = await admins.authorize(c);
    const user = found && (await userByName(db, found.who));
    return user && isAdmin(user) ? found : undefined;
  };

  const signedIn = async (c: Context): Promise<User | undefined> => {
    const token = bearerToken(c);
    if (token !== undefined) return userOfToken(db, token);
    const found = await members.authorize(c);
    return found && userByName(db, found.who);
  };
  const limited: MiddlewareHandler = (c, next) => (isForPrograms(c) ? perAddress(c, next) : perVisitor(c, next));
  const own = new Hono().use(limited).route("/", usage({ ...all, user: signedIn, session: members }));

  return { admin: console({ ...all, outbound, authorize, session: admins }), usage: own };
}

function isAdmin({ role }: User): boolean {
  return role === "admin";
}

/** Whoever shows a token, or asks for JSON; everybody else looks at a page. */
function isForPrograms(c: Context): boolean {
  return c.req.header("Authorization") !== undefined || c.req.path.endsWith("/api");
}
