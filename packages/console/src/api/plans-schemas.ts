/** Plans as the API takes and answers them. */

import * as z from "zod/mini";
import { count, id, instant, unitsByLimit, version, versioned } from "./page-schemas.ts";

export const planPath = z.strictObject({ id });

const draft = {
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  limits: unitsByLimit,
  priceCents: z.number().check(z.minimum(0), z.maximum(1_000_000_000), z.int()),
  features: z.array(z.string().check(z.maxLength(200))).check(z.maxLength(50)),
};

export const newPlan = z.strictObject({ id, ...draft });
export const editedPlan = z.strictObject({ ...draft, ...versioned });
export const removedPlan = z.strictObject({
  version: z.optional(z.coerce.number<string>().check(z.int(), z.minimum(0))),
});
export const whatIfAsked = z.strictObject({ limits: unitsByLimit });

const kept = { id: z.string(), version, createdAtMs: instant, updatedAtMs: instant };

export const plan = z.strictObject({
  name: z.string(),
  limits: unitsByLimit,
  priceCents: z.int(),
  features: z.array(z.string()),
  ...kept,
});
const served = z.strictObject({ isServed: z.boolean(), words: z.string() });
export const planRow = z.extend(plan, { users: z.int(), servedBy: z.record(z.string(), served) });
export const planRows = z.array(planRow);

export const whatIfs = z.record(
  z.string(),
  z.strictObject({
    asked: count,
    deniedAtLeast: count,
    deniedAtMost: count,
    denied: count,
    deniedThen: count,
    keyMinutes: count,
    minutes: count,
    ofMinutes: count,
  }),
);
