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
  const rows = [
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
  ];
  const line = (id: number, agoMs: number, action: string, subject: string, more: object = {}) => ({
    ...{ id, atMs: nowMs - agoMs, who: grantedBy, action, subject, ...more },
  });
  const lines = [
    line(1, 24 * dayMs + 60_000, "login", "admin"),
    line(2, 24 * dayMs, "override.set", raised.userId, { note: rows[0]?.note }),
    line(3, 9 * dayMs, "login.refused", "wrong-token"),
    line(4, blocked.agoMs + 120_000, "login", "admin"),
    line(5, blocked.agoMs, "user.block", blocked.userId, { note: rows[2]?.note }),
  ];
  return [
    db.insert(overrides).values(rows).onConflictDoNothing(),
    db.insert(auditLog).values(lines).onConflictDoNothing(),
  ];
}
