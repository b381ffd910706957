/** What this process counts of its calls, as a part of what is written a moment later. */

import { insertOutbound, type OutboundParts, outboundDeltas, type RecordPart } from "@sluice/console";
import type { Database } from "./database.ts";

/** Made of the counts of jobs that run here. */
export function recordedCalls(
  db: Database,
  metrics: NonNullable<OutboundParts["metrics"]>,
  now: () => number,
): RecordPart {
  const deltas = outboundDeltas(metrics, now);
  return {
    statements() {
      const rows = deltas.take();
      return rows.length === 0 ? [] : [insertOutbound(db, rows)];
    },
  };
}
