/** Mistakes of requests as sentences. */

import { expect, test } from "vitest";
import type * as z from "zod/mini";
import { newPlan } from "./plans-schemas.ts";
import { fieldOf, sentenceOf } from "./sentences.ts";
import { newOverride, usersAsked } from "./users-schemas.ts";

const plan = { id: "a", name: "n", limits: { api: 1 }, priceCents: 1, features: [] };
const granted = { units: 1, note: "x", version: 0 };

test.each<[z.ZodMiniType, unknown, string, string]>([
  [newPlan, { ...plan, limits: { api: -1 } }, "limits.api", "limits.api has to be at least 0."],
  [newPlan, { ...plan, limits: { api: 2e9 } }, "limits.api", "limits.api has to be at most 1,000,000,000."],
  [newPlan, { ...plan, limits: { api: 1e308 } }, "limits.api", "limits.api has to be at most 1,000,000,000."],
  [newPlan, { ...plan, priceCents: 1e308 }, "priceCents", "priceCents has to be at most 1,000,000,000."],
  [usersAsked, { limit: "1e308" }, "limit", "limit has to be at most 100."],
  [newPlan, { ...plan, limits: { api: 1.5 } }, "limits.api", 'limits.api has to be a whole number or "unlimited".'],
  [newPlan, { ...plan, limits: { api: null } }, "limits.api", 'limits.api has to be a number or "unlimited".'],
  [newPlan, { ...plan, name: "" }, "name", "name has to be filled in."],
  [newPlan, { ...plan, name: "x".repeat(101) }, "name", "name has to have at most 100 characters."],
  [newPlan, { ...plan, features: Array(51).fill("x") }, "features", "features has to have at most 50 entries."],
  [newPlan, { ...plan, version: 7 }, "version", "version is no field of this request."],
  [newPlan, { id: "a" }, "name", "name has to be a text."],
  [newPlan, null, "", "The body has to be an object."],
  [newOverride, { ...granted, expiresAtMs: "soon" }, "expiresAtMs", "expiresAtMs has to be a number."],
  [usersAsked, { filter: "all" }, "filter", 'filter has to be "override" or "expiring" or "unreviewed" or "blocked".'],
  [usersAsked, { limit: "101" }, "limit", "limit has to be at most 100."],
])("%#: %j", (schema, value, field, sentence) => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue === undefined) throw new Error("it was taken");
  expect([fieldOf(issue), sentenceOf(issue, "json")]).toEqual([field, sentence]);
});
