/** Writes rows batch by batch; what cannot be written waits. */

import type { BatchItem } from "drizzle-orm/batch";
import type { Database } from "../database.ts";
import { writeStatements } from "../records/write.ts";
import type { WaitingRows } from "./waiting-rows.ts";

/** Something else that is written along with decisions, such as what was counted of calls. */
export interface RecordPart {
  /** What there is to write since the last time; mostly one statement, or none. They are kept until they are written. */
  statements(): readonly BatchItem<"sqlite">[];
}

/** Statements of parts in one batch, which with eight of the rows makes at most ten. */
const partsPerBatch = 2;
/** Rows of each table in one batch: each statement takes some ten milliseconds of a database at most. */
const perBatch = 2_000;
/** Rows that are tried first on a database that has failed: making texts for nothing takes time, too. */
const triedRows = 100;
/** Statements of parts that wait, at most. */
const mostParts = 20;

/** What a writing is told. */
export interface WritingOptions {
  readonly db: Database;
  readonly waiting: WaitingRows;
  readonly parts: readonly RecordPart[];
  /** Brings what was counted meanwhile among the rows that wait; whether there was room for all of it. */
  readonly collect: () => boolean;
  readonly failed: (cause: unknown) => void;
  readonly written: () => void;
  /** So many statements of parts were too many. */
  readonly dropped: (statements: number) => void;
}

/**
 * A way to write everything that waits. Gives whether all of it was written; never rejects.
 *
 * Two at the same time are as good as one: what one of them has taken, the other does not see.
 */
export function writing(options: WritingOptions): () => Promise<boolean> {
  const { db, waiting, parts, collect, failed, written, dropped } = options;
  let others: BatchItem<"sqlite">[] = [];
  let isFailing = false;

  const gather = (): boolean => {
    const isAll = collect();
    for (const part of parts) others.push(...part.statements());
    const tooMany = others.length - mostParts;
    if (tooMany > 0) {
      others = others.slice(tooMany);
      dropped(tooMany);
    }
    return isAll;
  };

  const writeBatch = async (most: number): Promise<void> => {
    // Once something has failed, rows go by themselves: nobody else's statement keeps them out.
    const along = isFailing && !waiting.isEmpty ? [] : others.splice(0, partsPerBatch);
    const rows = waiting.take(most);
    try {
      const [first, ...rest] = [...writeStatements(db, rows), ...along];
      if (first !== undefined) await db.batch([first, ...rest]);
    } catch (cause) {
      waiting.add(rows);
      others.unshift(...along);
      throw cause;
    }
  };

  return async () => {
    try {
      let isAll = gather();
      if (waiting.isEmpty && others.length === 0) return true;
      let most = isFailing ? triedRows : perBatch;
      while (!waiting.isEmpty || others.length > 0) {
        await writeBatch(most);
        most = perBatch;
        if (waiting.isEmpty && !isAll) isAll = gather();
      }
      isFailing = false;
      written();
      return true;
    } catch (cause) {
      isFailing = true;
      failed(cause);
      return false;
    }
  };
}
