/** What a client may send, in which shape and how long; everything else is refused with the field's name. */

import { zValidator } from "@hono/zod-validator";
import type { ValidationTargets } from "hono";
import { en } from "zod/locales";
// The half of zod whose schemas are functions, and as a namespace: a bundle takes in what is used, and no more.
import * as z from "zod/mini";
import { place } from "./page.ts";
import { type Mistake, problem } from "./problem.ts";
import { isPlain } from "./text.ts";

// It has no messages of its own: without these, every mistake is called "Invalid input".
z.config(en());

/** Names that stand in addresses: lower-case letters, digits and inner hyphens. */
const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export function isName(text: string): boolean {
  return namePattern.test(text);
}

export const name = z.string().check(z.regex(namePattern, "1 to 64 lower-case letters, digits and inner hyphens"));
export const text = (least: number, most: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(least),
      z.maxLength(most),
      z.refine(isPlain, "no control characters and no half surrogate pairs"),
    );
export const webAddress = z.pipe(
  z.nullish(z.url({ protocol: /^https?$/, error: "an http or https address" }).check(z.maxLength(2_048))),
  z.transform((address) => (address ? new URL(address).href : null)),
);

/** The body that makes a feed. */
export const feedBody = z.strictObject({
  slug: name,
  title: text(1, 200),
  description: z._default(text(0, 1_000), ""),
  homepage: webAddress,
});

/** The body that makes an entry: title and summary are plain text, content is HTML. */
export const entryBody = z.strictObject({
  title: text(1, 200),
  summary: z._default(text(0, 1_000), ""),
  content: text(1, 100_000),
  url: webAddress,
});

/** JSON may spell one character in six bytes, so this is above what the longest entry needs. */
export const largestBody = 1_000_000;

const pageSize = z.int("a whole number from 1 to 100").check(z.minimum(1, "at least 1"), z.maximum(100, "at most 100"));
const pageSizeText = z._default(
  z.pipe(z.pipe(z.string().check(z.regex(/^\d{1,3}$/, "a whole number from 1 to 100")), z.transform(Number)), pageSize),
  20,
);

/** A page of feeds starts after a slug. */
export const feedPage = z.object({ limit: pageSizeText, cursor: z.optional(name) });

/** A page of what is listed with the newest first starts after an instant and an id. */
export const newestPage = z.object({ limit: pageSizeText, cursor: z.optional(place) });

export const feedPath = z.object({ slug: name });
export const entryPath = z.object({ slug: name, id: z.guid() });

/** The same where all of it comes as one value, and numbers as numbers. */
const inputPage = { limit: z._default(pageSize, 20) };
export const feedPageInput = z.prefault(z.extend(feedPage, inputPage), {});
export const entryPageInput = z.extend(newestPage, { ...inputPage, ...feedPath.shape });
export const entryInput = z.extend(entryBody, feedPath.shape);

/** What is wrong with which field. */
export function mistakes({ issues }: z.core.$ZodError): Mistake[] {
  return issues.map(({ path, message }) => ({ field: path.join("."), message }));
}

/**
 * Otherwise whatever is converted is awaited, and its mistakes come after those of later fields. The validator's types
 * know the results of zod's other half alone, which are the same.
 */
const atOnce = (schema: z.ZodMiniType, value: unknown) => schema.safeParse(value) as never;

/** Checks one part of a request; a path that cannot exist is a 404, everything else a 400 naming each field. */
export function validated<T extends z.ZodMiniType, Target extends keyof ValidationTargets>(target: Target, schema: T) {
  return zValidator(
    target,
    schema,
    (result, c) => {
      if (result.success) return undefined;
      if (target === "param") return problem(c, 404, "There is nothing at this address.");
      if (target === "json" && !/^application\/([\w.-]+\+)?json\b/i.test(c.req.header("Content-Type") ?? "")) {
        return problem(c, 400, "The body is not JSON. Send it with Content-Type: application/json.");
      }
      return problem(c, 400, `The ${target === "json" ? "body" : target} is not valid.`, mistakes(result.error));
    },
    { validationFunction: atOnce },
  );
}
