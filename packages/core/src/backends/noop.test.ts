import { describe, expect, it } from "vitest";
import type { Charge } from "../engine/charge.ts";
import { isConfigError } from "../engine/errors.ts";
import { policy } from "../engine/policy.ts";
import { per, perDay } from "../engine/rate.ts";
import { noop } from "./noop.ts";

const one = policy("one", per("1h", 1));
const charge = (details: Partial<Charge> = {}): Charge => ({ policy: one, key: "k", cost: 1, ...details });

function codeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return isConfigError(error) ? error.code : error;
  }
}

describe("noop()", () => {
  it("allows everything, as often and as much as asked, and reports no number", () => {
    const backend = noop();
    for (const cost of [1, 1, 1_000, 0.01]) {
      const { allowed, retryAfterMs, decisions } = backend.consume([charge({ cost }), charge({ key: "l", cost })]);
      expect([allowed, retryAfterMs]).toEqual([true, undefined]);
      expect(decisions[0]).toEqual({ policy: one, key: "k", shard: undefined, cost, allowed: true, charged: 0 });
      expect(decisions[1]?.key).toBe("l");
    }
    expect(backend.consumeEach([[charge()], [], [charge()]]).map(({ allowed }) => allowed)).toEqual([true, true, true]);
  });

  it("says that nobody shares a count", () => {
    expect(noop().features.scope).toBe("none");
  });

  const log = policy("log", per("1h", 5, { algorithm: "sliding-log" }));
  const days = policy("days", perDay(5, { timeZone: "UTC" }));
  it.each([
    ["a cost that is no number", [charge({ cost: Number.NaN })], "SLUICE_COST"],
    ["a negative cost", [charge({ cost: -1 })], "SLUICE_COST"],
    ["a fraction of a logged unit", [charge({ policy: log, cost: 0.5 })], "SLUICE_COST"],
    ["a least cost below nought", [charge({ minCost: -1 })], "SLUICE_COST"],
    ["a key that is no string", [charge({ key: 7 as unknown as string })], "SLUICE_CHARGE_KEY"],
    ["a mode that does not exist", [charge({ mode: "dry" as "peek" })], "SLUICE_CHARGE_MODE"],
    ["patience where there are no slots", [charge({ policy: days, maxDelayMs: 5 })], "SLUICE_DELAY_UNSUPPORTED"],
    ["one counter, two limits", [charge(), charge({ policy: { ...one, limit: 2 } })], "SLUICE_CHARGE_CONFLICT"],
    ["a policy that makes no sense", [charge({ policy: { ...one, limit: 0.5 } })], "SLUICE_POLICY_LIMIT"],
  ])("refuses %s, as every other backend does", (_what, charges, code) => {
    expect(codeOf(() => noop().consume(charges))).toBe(code);
  });
});
