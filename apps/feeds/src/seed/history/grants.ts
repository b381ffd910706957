/** What the demo's members are granted, and the lines of the audit log that tell of it. */

import type { Database } from "../../database.ts";
import { auditLog, overrides } from "../../schema.ts";
import type { Statement } from "./history-rows.ts";
import { blocked, raised, unlimited } from "./members.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Overrides: one that expires soon, one that nobody has reviewed for long, and a block. */
export function grants(db: Database, nowMs: number): readonly Statement[] {
  const grantedBy = "admin";
  const granted = (agoMs: number, reviewedAgoMs: number) => ({
    ...{ grantedBy, createdAtMs: nowMs - agoMs, reviewedBy: grantedBy, reviewedAtMs: nowMs - reviewedAgoMs },
  });
  const [first, second, third] = [
    {
      ...{ userId: raised.userId, limitName: "api", units: raised.api, expiresAtMs: nowMs + 6 * dayMs },
      ...{ note: "Moves its import to batches; agreed until then.", ...granted(24 * dayMs, 24 * dayMs) },
    },
    {
      ...{ userId: unlimited.userId, limitName: "publicFeed", units: null, expiresAtMs: null },
      ...{ note: "Flood warnings: everybody may read them.", ...granted(210 * dayMs, 130 * dayMs) },
    },
    {
      ...{ userId: blocked.userId, limitName: "*", units: 0, expiresAtMs: nowMs + 19 * hourMs },
      ...{ note: "Its token was found in a public repository.", ...granted(blocked.agoMs, blocked.agoMs) },
    },
  ] as const;
  const line = (id: number, agoMs: number, action: string, subject: string, more: object = {}) => ({
    ...{ id, atMs: nowMs - agoMs, who: grantedBy, action, subject, ...more },
  });
  const unreviewed = { ...second, reviewedAtMs: second.createdAtMs };
  const lines = [
    line(1, 210 * dayMs, "override.set", unlimited.userId, { note: second.note, after: writtenDown(unreviewed, 1) }),
    line(2, 130 * dayMs, "override.review", unlimited.userId, {
      ...{ note: second.note, before: writtenDown(unreviewed, 1), after: writtenDown(second, 2) },
    }),
    line(3, 24 * dayMs + 60_000, "login", "admin"),
    line(4, 24 * dayMs, "override.set", raised.userId, { note: first.note, after: writtenDown(first, 1) }),
    line(5, 9 * dayMs, "login.refused", "wrong-token", { who: "nobody" }),
    line(6, blocked.agoMs + 120_000, "login", "admin"),
    line(7, blocked.agoMs, "user.block", blocked.userId, { note: third.note, after: writtenDown(third, 1) }),
  ];
  return [
    db
      .insert(overrides)
      .values([first, { ...second, version: 2 }, third])
      .onConflictDoNothing(),
    db.insert(auditLog).values(lines).onConflictDoNothing(),
  ];
}

interface Granted {
  readonly userId: string;
  readonly limitName: string;
  readonly units: number | null;
  readonly expiresAtMs: number | null;
}

/** An override as the console writes it into its audit log, which goes by that when it undoes. */
function writtenDown({ userId: _, limitName, units, expiresAtMs, ...more }: Granted, version: number): object {
  const ends = expiresAtMs === null ? {} : { expiresAtMs };
  return { limit: limitName, units: units ?? "unlimited", ...more, ...ends, version };
}
