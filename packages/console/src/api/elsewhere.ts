/** Answers what no route does: a path that there is not, or a method that its path has not. */

import type { Context } from "hono";
import type { Described } from "./openapi.ts";
import { problemOf } from "./problems.ts";

/** `path` is within the API: `/plans/free`. */
export function elsewhere(c: Context, routes: readonly Described[], path: string): Response {
  const methods = routes.filter((route) => fits(route.path, path)).map(({ method }) => method);
  if (methods.length === 0) {
    return problemOf(c, 404, "unknown", "There is no such route. GET openapi.json of this API lists them.");
  }
  const allowed = [...new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : [])])].sort().join(", ");
  c.header("Allow", allowed);
  if (c.req.method === "OPTIONS") return c.body(null, 204);
  return problemOf(c, 405, "method", `This path has ${allowed}.`);
}

/** Parts of a path that have a name stand for any text. */
function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith(":") && given[i] !== ""))
  );
}
