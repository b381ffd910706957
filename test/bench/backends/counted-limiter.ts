/** The shipped object, in which every statement is asked how many rows it wrote. */

import { SluiceLimiter } from "@sluice/core/durable-object";

/** What was written since it was last asked. */
export interface Written {
  readonly rowsWritten: number;
  readonly alarmsSet: number;
}

/** What is listened to of an object's storage: Cloudflare bills the rows that cursors report, and one more for an alarm. */
interface Storage {
  readonly sql: { exec(query: string, ...bindings: unknown[]): { readonly rowsWritten: number } };
  setAlarm(instantMs: number): Promise<void>;
}

export class CountedLimiter extends SluiceLimiter {
  readonly #cursors: { readonly rowsWritten: number }[];
  readonly #alarms: number[];

  constructor(ctx: { readonly storage: Storage }, env: unknown) {
    const cursors: { readonly rowsWritten: number }[] = [];
    const alarms: number[] = [];
    const { storage } = ctx;
    const { sql } = storage;
    const [exec, setAlarm] = [sql.exec, storage.setAlarm];
    sql.exec = (...statement) => {
      const cursor = exec.apply(sql, statement);
      cursors.push(cursor);
      return cursor;
    };
    storage.setAlarm = (instantMs) => {
      alarms.push(instantMs);
      return setAlarm.call(storage, instantMs);
    };
    super(ctx, env);
    this.#cursors = cursors;
    this.#alarms = alarms;
  }

  /** Cursors are read to their end by now, so what they say is final. */
  written(): Written {
    const rowsWritten = this.#cursors.splice(0).reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
    return { rowsWritten, alarmsSet: this.#alarms.splice(0).length };
  }
}
