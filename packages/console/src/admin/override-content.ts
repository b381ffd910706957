/** Overrides and blocks as the audit log writes them down, and back. */

import * as z from "zod/mini";
import type { OverrideColumns, OverrideRecord } from "../records/overrides.ts";
import type { OverrideRow } from "./users-admin.ts";

const shape = z.object({
  limit: z.string(),
  units: z.union([z.number(), z.literal("unlimited")]),
  note: z.string(),
  grantedBy: z.string(),
  createdAtMs: z.number(),
  expiresAtMs: z.optional(z.number()),
  reviewedAtMs: z.number(),
  reviewedBy: z.string(),
});

/** What is written down. */
export function contentOf(row: OverrideColumns & { readonly version?: number }): object {
  const { limitName, units, note, grantedBy, createdAtMs, expiresAtMs, reviewedAtMs, reviewedBy, version } = row;
  return {
    ...{ limit: limitName, units: units ?? "unlimited", note, grantedBy, createdAtMs, reviewedAtMs, reviewedBy },
    ...(expiresAtMs === null ? {} : { expiresAtMs }),
    ...(version === undefined ? {} : { version }),
  };
}

/** The row that was written down; undefined for anything else. */
export function rowFrom(userId: string, content: unknown): OverrideColumns | undefined {
  const read = z.safeParse(shape, content);
  if (!read.success) return undefined;
  const { limit, units, expiresAtMs, ...others } = read.data;
  return {
    ...others,
    ...{ userId, limitName: limit, units: units === "unlimited" ? null : units, expiresAtMs: expiresAtMs ?? null },
  };
}

/** A row as administrators see it. */
export function overrideRow(record: OverrideRecord, nowMs: number): OverrideRow {
  const { limitName, units, note, grantedBy, createdAtMs, expiresAtMs, reviewedAtMs, reviewedBy, version } = record;
  return {
    ...{
      limit: limitName,
      units: units ?? "unlimited",
      note,
      grantedBy,
      createdAtMs,
      reviewedAtMs,
      reviewedBy,
      version,
    },
    ...(expiresAtMs === null ? {} : { expiresAtMs }),
    isExpired: expiresAtMs !== null && expiresAtMs <= nowMs,
  };
}
