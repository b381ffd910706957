/** What a client may send, in which shape and how long; everything else is refused with the field's name. */

import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
// As a namespace, so that a bundle leaves out the messages of all its languages.
import * as z from "zod";
import { type Mistake, problem } from "./problem.ts";
import { isPlain } from "./text.ts";

/** Names that stand in addresses: lower-case letters, digits and inner hyphens. */
const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export function isName(text: string): boolean {
  return namePattern.test(text);
}

const name = z.string().regex(namePattern, "1 to 64 lower-case letters, digits and inner hyphens");
const text = (least: number, most: number) =>
  z.string().trim().min(least).max(most).refine(isPlain, "no control characters and no half surrogate pairs");
const webAddress = z
  .url({ protocol: /^https?$/, error: "an http or https address" })
  .max(2_048)
  .nullish()
  .transform((address) => (address ? new URL(address).href : null));

/** The body that makes a feed. */
export const feedBody = z.strictObject({
  slug: name,
  title: text(1, 200),
  description: text(0, 1_000).default(""),
  homepage: webAddress,
});

/** The body that makes an entry: title and summary are plain text, content is HTML. */
export const entryBody = z.strictObject({
  title: text(1, 200),
  summary: text(0, 1_000).default(""),
  content: text(1, 100_000),
  url: webAddress,
});

/** JSON may spell one character in six bytes, so this is above what the longest entry needs. */
export const largestBody = 1_000_000;

const pageSize = z.int("a whole number from 1 to 100").min(1, "at least 1").max(100, "at most 100");
const pageSizeText = z
  .string()
  .regex(/^\d{1,3}$/, "a whole number from 1 to 100")
  .transform(Number)
  .pipe(pageSize)
  .default(20);

/** A page of feeds starts after a slug. */
export const feedPage = z.object({ limit: pageSizeText, cursor: name.optional() });

/** A page of entries starts after an instant and an id: `1767225600000_6f9c…`. */
export const entryPage = z.object({
  limit: pageSizeText,
  cursor: z
    .string()
    .regex(/^\d{1,15}_[0-9a-f-]{36}$/, "the nextCursor of the page before")
    .transform((cursor) => ({ publishedAtMs: Number.parseInt(cursor, 10), id: cursor.slice(cursor.indexOf("_") + 1) }))
    .optional(),
});

export const feedPath = z.object({ slug: name });
export const entryPath = z.object({ slug: name, id: z.guid() });

/** The same where all of it comes as one value, and numbers as numbers. */
const inputPage = { limit: pageSize.default(20) };
export const feedPageInput = feedPage.extend(inputPage).prefault({});
export const entryPageInput = entryPage.extend({ ...inputPage, ...feedPath.shape });
export const entryInput = entryBody.extend(feedPath.shape);

/** What is wrong with which field. */
export function mistakes({ issues }: z.core.$ZodError): Mistake[] {
  return issues.map(({ path, message }) => ({ field: path.join("."), message }));
}

/** Checks one part of a request; a path that cannot exist is a 404, everything else a 400 naming each field. */
export function validated<T extends z.ZodType, Target extends keyof ValidationTargets>(target: Target, schema: T) {
  return zValidator(target, schema, (result, c) => {
    if (result.success) return undefined;
    if (target === "param") return problem(c, 404, "There is nothing at this address.");
    if (target === "json" && !/^application\/([\w.-]+\+)?json\b/i.test(c.req.header("Content-Type") ?? "")) {
      return problem(c, 400, "The body is not JSON. Send it with Content-Type: application/json.");
    }
    return problem(c, 400, `The ${target === "json" ? "body" : target} is not valid.`, mistakes(result.error));
  });
}
