/** Logins in the audit log: every one that succeeds, and of those refused one line for each reason and minute. */

import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { auditLog } from "../schema.ts";

/** Why a login was refused; what the line is about. Never a word of what was sent. */
export type LoginRefusal = "wrong-token" | "locked" | "cross-origin" | "unavailable";

const minuteMs = 60_000;

/** What logins write down. */
export interface LoginAudit {
  opened(who: string): Promise<void>;
  /** Strangers make these: a flood of them is one statement a minute from each process, and one line from all. Never rejects. */
  refused(why: LoginRefusal): Promise<void>;
}

export function loginAudit(db: Database, now: () => number, onError: (error: unknown) => void): LoginAudit {
  const lastMinute = new Map<LoginRefusal, number>();
  return {
    async opened(who) {
      await db.insert(auditLog).values({ atMs: now(), who, action: "login", subject: who });
    },
    async refused(why) {
      const atMs = now();
      const minute = Math.floor(atMs / minuteMs);
      if (lastMinute.get(why) === minute) return;
      lastMinute.set(why, minute);
      // The newest line about this reason, by the index on subjects: not one of this minute by another process.
      const last = sql`select at_ms from ${auditLog} where subject = ${why} order by id desc limit 1`;
      try {
        await db.run(sql`insert into ${auditLog} (at_ms, who, action, subject)
          select ${atMs}, 'nobody', 'login.refused', ${why}
          where coalesce((${last}), -1) < ${minute * minuteMs}`);
      } catch (error) {
        lastMinute.delete(why);
        onError(error);
      }
    },
  };
}
