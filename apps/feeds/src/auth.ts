/** Who is asking: the Bearer token of RFC 6750, looked up by its hash. */

import type { RateLimitVariables } from "@sluice/core";
import type { Context, MiddlewareHandler } from "hono";
import { type User, userByTokenHash } from "./accounts.ts";
import type { Database } from "./database.ts";
import { problem } from "./problem.ts";
import { hashToken } from "./token.ts";

/** What the routes under `/api` find on a request. */
export interface ApiEnv {
  Variables: RateLimitVariables & { user: User };
}

/** Longer than any token we give out; the rest is refused unread. */
const longestToken = 256;

/** Whose token this is. */
export async function userOfToken(db: Database, token: string): Promise<User | undefined> {
  return token.length <= longestToken ? userByTokenHash(db, await hashToken(token)) : undefined;
}

/** The Bearer token of a request, if it has one. */
export function bearerToken(c: Context): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(c.req.header("Authorization") ?? "")?.[1];
}

/** Lets only signed-in users through; everybody else gets a 401 that says what is missing, by default as a problem. */
export function signedIn(
  db: Database,
  refuse: (c: Context, status: 401, detail: string) => Response = problem,
): MiddlewareHandler<ApiEnv> {
  return async function signedIn(c, next) {
    const token = bearerToken(c);
    if (token === undefined) {
      c.header("WWW-Authenticate", 'Bearer realm="feeds"');
      return refuse(c, 401, "Send your API token: Authorization: Bearer <token>.");
    }
    const user = await userOfToken(db, token);
    if (user === undefined) {
      c.header("WWW-Authenticate", 'Bearer realm="feeds", error="invalid_token"');
      return refuse(c, 401, "This API token is not known.");
    }
    c.set("user", user);
    return next();
  };
}
