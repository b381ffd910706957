/** How a route of the API says what it is, what it takes and what it answers: once, for the check and for the description. */

import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler, ValidationTargets } from "hono";
import type * as z from "zod/mini";
import { AdminError } from "../admin/admin-error.ts";
import { fieldOf, type Issue, sentenceOf } from "./sentences.ts";

/** What a route is for, in a sentence, and what it answers where nothing goes wrong. */
export interface Told {
  readonly summary: string;
  /** Routes of one are shown together. */
  readonly group: string;
  /** Its status, what that means, and its schema, unless it has no body or another type than JSON. */
  readonly answer: readonly [status: number, meaning: string, schema?: z.ZodMiniType | undefined, type?: string];
  /** Statuses of refusals beside those that every route has. */
  readonly refusals?: readonly number[];
  /** Whether the version that is changed may come in the header `If-Match`. */
  readonly versioned?: true;
}

type Target = "json" | "query" | "param";

/** What the handlers in front of a route know of it. */
export interface Said {
  readonly told?: Told;
  readonly takes?: readonly [target: Target, schema: z.ZodMiniType];
}

const said = new WeakMap<object, Said>();

/** What this handler says of its route, if it is one of those below. */
export function saidBy(handler: object): Said {
  return said.get(handler) ?? {};
}

/** Describes a route. Every one has exactly one of these. */
export function told(description: Told): MiddlewareHandler {
  const handler: MiddlewareHandler = (_c, next) => next();
  said.set(handler, { told: description });
  return handler;
}

type Result = { success: true } | { success: false; error: { issues: readonly Issue[] } };

// The first mistake alone: a form shows it at its field, and is sent again.
function refuseInvalid(result: Result & { target: keyof ValidationTargets }): void {
  const [issue] = result.success ? [] : result.error.issues;
  if (issue === undefined) return;
  const field = fieldOf(issue);
  throw new AdminError("invalid", sentenceOf(issue, result.target), field === "" ? {} : { field });
}

/** The body: JSON of this schema, else 422. */
export function body<S extends z.ZodMiniType>(schema: S) {
  const handler = zValidator("json", schema, refuseInvalid);
  said.set(handler, { takes: ["json", schema] });
  return handler;
}

/** What follows the question mark. */
export function query<S extends z.ZodMiniType>(schema: S) {
  const handler = zValidator("query", schema, refuseInvalid);
  said.set(handler, { takes: ["query", schema] });
  return handler;
}

/** The named parts of the path. */
export function path<S extends z.ZodMiniType>(schema: S) {
  const handler = zValidator("param", schema, refuseInvalid);
  said.set(handler, { takes: ["param", schema] });
  return handler;
}
