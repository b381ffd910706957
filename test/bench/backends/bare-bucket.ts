/** The least that an object can do for a decision: one statement, or nothing at all. */

import { DurableObject } from "cloudflare:workers";
import { slow } from "./rates.ts";

/** As much as a caller has to be told. */
export interface BareAnswer {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
}

const { limit, windowMs } = slow;
const full = limit * 100 * windowMs;

const upsert = `INSERT INTO bare (key, debt, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
  SET debt = max(0, debt - (excluded.at - at) * ${limit * 100}) + excluded.debt, at = excluded.at RETURNING debt`;

export class BareBucket extends DurableObject {
  constructor(ctx: unknown, env: unknown) {
    super(ctx, env);
    const create = "CREATE TABLE IF NOT EXISTS bare (key TEXT PRIMARY KEY, debt REAL NOT NULL, at REAL NOT NULL)";
    this.ctx.storage.sql.exec(`${create} WITHOUT ROWID`);
  }

  /** Books one unit of a bucket that is never full. */
  upsert(key: string): BareAnswer {
    const [row] = this.ctx.storage.sql.exec(upsert, key, 100 * windowMs, Date.now()).toArray();
    const debt = row?.["debt"] as number;
    return { allowed: true, remaining: (full - debt) / (100 * windowMs), retryAfterMs: 0 };
  }

  constant(_key: string): BareAnswer {
    return { allowed: false, remaining: 0, retryAfterMs: 1_000 };
  }
}
