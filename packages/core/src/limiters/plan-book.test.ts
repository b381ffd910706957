/** The plan book: its names are types, and a plan that lacks a limit is named. */

import { describe, expect, expectTypeOf, it } from "vitest";
import { perMinute } from "../engine/rate.ts";
import { type PlanBook, planBook } from "./plan-book.ts";
import { planResolver } from "./plans.ts";

const book = planBook({
  free: { api: perMinute(60), publicFeed: perMinute(17) },
  pro: { api: perMinute(180), publicFeed: "unlimited" },
});

it("infers the names of plans and limits", () => {
  expectTypeOf(book).toEqualTypeOf<PlanBook<"free" | "pro", "api" | "publicFeed">>();
  const plans = planResolver({ book, default: "free", lookup: () => ({ plan: "pro" }) });
  expectTypeOf(plans.limit).parameter(0).toEqualTypeOf<"api" | "publicFeed">();
  // @ts-expect-error: there is no such plan.
  expect(() => planResolver({ book, default: "gold", lookup: () => ({ plan: "pro" }) })).toThrow("SLUICE_PLAN_UNKNOWN");
  // @ts-expect-error: there is no such limit.
  expect(() => plans.limit("apis")).toThrow("SLUICE_PLAN_UNKNOWN");
  // @ts-expect-error: there is no such limit to override.
  planResolver({ book, default: "free", lookup: () => ({ plan: "pro", overrides: { apis: { limit: "unlimited" } } }) });
});

it("is the book that was given", () => expect(book.pro.publicFeed).toBe("unlimited"));

describe("mistakes are named", () => {
  const wrong: [string, unknown, string][] = [
    ["nothing", undefined, "SLUICE_OPTION_MISSING"],
    ["no plan", {}, "SLUICE_OPTION_MISSING"],
    ["a plan of nothing", { free: null }, "SLUICE_OPTION_TYPE"],
    ["a plan that is a number", { free: 60 }, "SLUICE_OPTION_TYPE"],
    ["a plan without a limit the others have", { free: { api: perMinute(60) }, pro: {} }, "SLUICE_OPTION_MISSING"],
    ["a limit that every object has", { free: { toString: perMinute(1) }, pro: {} }, "SLUICE_OPTION_MISSING"],
    ["a limit as a number", { free: { api: 60 } }, "SLUICE_OPTION_TYPE"],
    ["a limit that makes no sense", { free: { api: { ...perMinute(1), limit: 0.5 } } }, "SLUICE_POLICY_LIMIT"],
  ];
  it.each(wrong)("%s", (_, given, code) => expect(() => planBook(given as never)).toThrow(code));
});
