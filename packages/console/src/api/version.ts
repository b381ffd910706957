/** The version that a change is made to: from `If-Match`, as HTTP has it, or from the request's own field. */

import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { AdminError } from "../admin/admin-error.ts";

/**
 * Throws 428 where neither tells one, and AdminError `invalid` for a header that is no version of ours or another than the
 * field's.
 */
export function versionOf(c: Context, field: number | undefined): number {
  const header = c.req.header("If-Match");
  if (header === undefined) {
    if (field !== undefined) return field;
    const message = "Say which version this changes, in If-Match or as version: somebody else may have edited it.";
    throw new HTTPException(428, { message });
  }
  // Whoever compresses an answer on its way, as Cloudflare and nginx do, makes its ETag a weak one; the version is the same.
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version === undefined || (field !== undefined && field !== Number(version))) {
    throw new AdminError("invalid", 'If-Match has to be one version in quotes, such as "3", as ETag had it.', {
      field: "version",
    });
  }
  return Number(version);
}

/** The same for whoever reads. */
export function etag(version: number): Record<"ETag", string> {
  return { ETag: `"${version}"` };
}
