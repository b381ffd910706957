import { durableObject, type LimiterNamespace } from "@sluice/core/durable-object";
import { type Charge, ConfigError, isConfigError, perMinute, policy } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { holdTime, LIMITER, own, rowsOf } from "./objects.ts";

holdTime();

const two = policy("two", perMinute(2));
const charge: Charge = { policy: two, key: "k", shard: "s", cost: 1 };
const text = JSON.stringify(two);

type Fields = Readonly<Record<string, unknown>>;

/** Real objects whose callers or whose code are of another version: what travels is changed on its way. */
function between(
  toObject: (message: Fields) => unknown,
  toCaller = (answer: Fields): unknown => answer,
): LimiterNamespace {
  const objects = own(LIMITER);
  return {
    getByName(name, options) {
      const stub = objects.getByName(name, options);
      return { ask: async (message: Fields) => toCaller((await stub.ask(toObject(message))) as Fields) };
    },
  };
}

const unchanged = (message: Fields): unknown => message;

/** Whether the first group was allowed, what it was charged and how long it has to wait. */
function told(answer: unknown): readonly unknown[] {
  const { outcomes } = answer as { outcomes: [boolean, number | undefined, unknown, [boolean, number][]][] };
  const [allowed, retryAfterMs, , [decision]] = outcomes[0] as (typeof outcomes)[0];
  return [allowed, decision?.[1], retryAfterMs];
}

describe("an object", () => {
  it("ignores what a newer caller has added", async () => {
    const stub = own(LIMITER).getByName("o");
    const message = { v: 1, groups: [[[text, "n", 2, undefined, undefined, undefined, "later", 7]]], trace: { id: 1 } };
    expect(told(await stub.ask(message))).toEqual([true, 2, undefined]);
  });

  it("answers an older caller", async () => {
    const stub = own(LIMITER).getByName("o");
    const message = { v: 0, groups: [[[text, "n", 1]]] };
    expect(told(await stub.ask(message))).toEqual([true, 1, undefined]);
  });

  it("says so where a caller needs more than it knows, and books nothing", async () => {
    const objects = own(LIMITER);
    const answer = await objects.getByName("o").ask({ v: 3, groups: [[[text, "n", 1]]] });
    expect(answer).toMatchObject({ v: 2, error: ["SLUICE_BACKEND_ANSWER", expect.any(String)] });
    expect(await rowsOf(objects.objects()[0])).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    7,
    "x",
    [],
    { v: "1" },
    { v: 1, groups: 7 },
    { v: 1, groups: [[["{", "n", 1]]] },
    { v: 1, settle: [7] },
    { v: 2, block: [7] },
    { v: 2, lease: 7 },
  ])("answers %o with an error, and throws nothing", async (message) => {
    const stub = own(LIMITER).getByName("o");
    expect(await stub.ask(message)).toMatchObject({
      v: 2,
      error: [expect.stringMatching(/^SLUICE_BACKEND_/), expect.any(String)],
    });
  });

  it("takes no instant from a caller", async () => {
    const stub = own(LIMITER).getByName("o");
    const message = { v: 1, groups: [[[text, "n", 2]]] };
    const later = Date.now() + 3_600_000;
    await stub.ask(message);
    expect(told(await stub.ask({ ...message, now: later, at: later }))).toEqual([false, 0, 60_000]);
  });
});

describe("a caller", () => {
  it("ignores what a newer object has added", async () => {
    const added = (answer: Fields) => ({
      ...answer,
      v: 3,
      load: 0.5,
      outcomes: (answer["outcomes"] as unknown[][]).map((outcome) => [...outcome, "later"]),
    });
    const backend = durableObject(between(unchanged, added), { denyCache: false });
    const remaining = [];
    for (let i = 0; i < 2; i++) remaining.push((await backend.consume([charge])).decisions[0]?.remaining);
    expect(remaining).toEqual([1, 0]);
    expect(await backend.consume([charge])).toMatchObject({ allowed: false, retryAfterMs: 30_000 });
  });

  it("fails by rule where the object is too old for it", async () => {
    const newer = between((message) => ({ ...message, v: 3 }));
    await expect(durableObject(newer).consume([charge])).rejects.toMatchObject({ code: "SLUICE_BACKEND_ANSWER" });
  });

  it.each([
    undefined,
    {},
    { v: 1 },
    { v: 1, outcomes: [] },
    { v: 1, outcomes: [[true]] },
    { v: 1, outcomes: [["yes", undefined, undefined, [[true]]]] },
    { v: 1, outcomes: [[true, undefined, undefined, []]] },
    { v: 1, outcomes: [[true, undefined, undefined, [7]]] },
    { v: 2, error: ["SLUICE_LATER", "k of s"] },
    { v: 1, error: 7 },
  ])("makes no decision of %o", async (answer) => {
    const backend = durableObject(between(unchanged, () => answer));
    await expect(backend.consume([charge])).rejects.toMatchObject({
      code: "SLUICE_BACKEND_ANSWER",
      message: expect.not.stringContaining("k of s"),
    });
  });

  it("gets a mistake that an object found as the mistake it is", async () => {
    const wrong = JSON.stringify({ ...two, limit: -1 });
    const backend = durableObject(
      between((message) => ({
        ...message,
        groups: [
          [
            [text, "m", 1],
            [wrong, "n", 1],
          ],
        ],
      })),
    );
    const error = await Promise.resolve(backend.consume([charge])).catch((caught: unknown) => caught);
    let local: unknown;
    try {
      policy("two", perMinute(-1));
    } catch (thrown) {
      local = thrown;
    }
    expect(isConfigError(error) && error instanceof ConfigError).toBe(true);
    const { code, message, value, cure } = local as ConfigError;
    expect(error).toMatchObject({ code, message, value, cure });
  });
});
