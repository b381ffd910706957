/** Puts numbers on the way out: appended to what inner mounts announce, and visible to other origins. */

import type { Context } from "hono";
import type { Decision } from "../engine/charge.ts";
import { type HeaderFormat, rateLimitFields } from "../http/headers.ts";
import { setHeader } from "./response.ts";

/** What a mount has to announce. */
export interface Announcement {
  /** Formats, the newest first. */
  readonly formats: readonly HeaderFormat[];
  /** The decisions of this mount that clients may see. */
  readonly own: readonly Decision[];
  /** Those of all mounts so far, the tightest first. */
  readonly all: readonly Decision[];
}

/** Writes the fields on the response of this request. */
export function announce(context: Context, { formats, own, all }: Announcement): void {
  // A switch of protocols has no reader for them, and its response must leave as it is.
  if (context.res.status < 200) return;
  const names: string[] = [];
  for (const format of formats) {
    const isList = format === "draft-11";
    // The older forms have room for one limit, so each mount writes what is true of all.
    for (const [name, value] of rateLimitFields(format, isList ? own : all)) {
      if (names.includes(name)) continue;
      if (isList) prepend(context, name, value, own.length < all.length);
      else setHeader(context, name, value);
      names.push(name);
    }
  }
  if (context.req.raw.headers.has("Origin")) expose(context, names);
}

/** An outer mount decided first and leaves last, so its items go in front of those of inner ones. */
function prepend(context: Context, name: string, value: string, hasInner: boolean): void {
  const inner = hasInner ? context.res.headers.get(name) : null;
  if (inner !== null) setHeader(context, name, `${value}, ${inner}`);
  // Cheaper than to look first, and what an upstream server says of its own limits stays.
  else setHeader(context, name, value, "append");
}

/** Lets scripts of other origins read these headers. */
function expose(context: Context, fields: readonly string[]): void {
  const names = context.res.headers.has("Retry-After") ? ["Retry-After", ...fields] : fields;
  const before = context.res.headers.get("Access-Control-Expose-Headers");
  const known = new Set(before?.toLowerCase().split(/\s*,\s*/));
  const added = names.filter((name) => !known.has(name.toLowerCase()));
  if (added.length === 0) return;
  setHeader(context, "Access-Control-Expose-Headers", [before, ...added].filter(Boolean).join(", "));
}
