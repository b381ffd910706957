/** What an app recorded with RECORD_DECISIONS, read back: docs of the lines are beside `recorded` in src/recording.ts. */

import { z } from "zod";

const policy = z.object({
  name: z.string(),
  limit: z.number(),
  algorithm: z.string(),
  windowMs: z.number().optional(),
  burst: z.number().optional(),
  strict: z.boolean().optional(),
});

const identity = z.object({ policy, key: z.string(), shard: z.string().optional() });

const charge = identity.extend({
  cost: z.number(),
  mode: z.enum(["charge", "peek", "shadow"]).optional(),
  minCost: z.number().optional(),
  maxDelayMs: z.number().optional(),
});

const decision = z.object({
  allowed: z.boolean(),
  charged: z.number(),
  remaining: z.number().optional(),
  retryAfterMs: z.number().optional(),
});

const outcome = z.object({
  allowed: z.boolean(),
  retryAfterMs: z.number().optional(),
  decisions: z.array(decision),
});

const dated = z.object({ n: z.int(), at: z.int() });
const consume = dated.extend({ charges: z.array(charge), outcome });
const settle = dated.extend({ settle: z.array(z.object({ n: z.int(), index: z.int(), cost: z.number() })) });
const reset = dated.extend({ reset: identity });
const record = z.union([consume, settle, reset]);
const closing = z.strictObject({ lines: z.int() });

export type RecordedPolicy = z.infer<typeof policy>;
export type RecordedIdentity = z.infer<typeof identity>;
export type RecordedCharge = z.infer<typeof charge>;
export type RecordedDecision = z.infer<typeof decision>;
export type Consumed = z.infer<typeof consume>;
export type Settled = z.infer<typeof settle>;
export type DecisionRecord = z.infer<typeof record>;

/** All records, and the lines the app says it wrote: undefined while it still runs. */
export interface Records {
  readonly records: readonly DecisionRecord[];
  readonly lines: number | undefined;
}

/** @throws Error naming the first line that is no record. What follows the last line break is still being written. */
export function readRecords(text: string): Records {
  const records: DecisionRecord[] = [];
  let lines: number | undefined;
  for (const [index, line] of text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .entries()) {
    if (line === "") continue;
    const parsed: unknown = parsedJson(line);
    const end = closing.safeParse(parsed);
    if (end.success) {
      lines = end.data.lines;
      continue;
    }
    const read = record.safeParse(parsed);
    if (!read.success) throw new Error(`Line ${index + 1} of the records is none: ${line.slice(0, 80)}`);
    records.push(read.data);
  }
  return { records, lines };
}

/** A name for the counter that an identity stands for; limit and burst are not part of it. */
export function counterOf({ policy: { name, algorithm, windowMs }, key, shard }: RecordedIdentity): string {
  return JSON.stringify([name, algorithm, windowMs, shard ?? null, key]);
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
