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

function grantOf(row: OverrideColumns) {
  const { limitName, units, note, grantedBy, createdAtMs, expiresAtMs, reviewedAtMs, reviewedBy } = row;
  return {
    ...{
      limit: limitName,
      units: units ?? ("unlimited" as const),
      note,
      grantedBy,
      createdAtMs,
      reviewedAtMs,
      reviewedBy,
    },
    ...(expiresAtMs !== null && { expiresAtMs }),
  };
}

/** What is written down. */
export function contentOf(row: OverrideColumns & { readonly version?: number }): object {
  const { version } = row;
  return { ...grantOf(row), ...(version !== undefined && { version }) };
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
  const { version, expiresAtMs } = record;
  return { ...grantOf(record), version, isExpired: expiresAtMs !== null && expiresAtMs <= nowMs };
}
