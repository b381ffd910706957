/** Freshness: who asks, who waits, and for how long, on a clock of the test's own. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { freshness } from "./freshness.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** Questions whose answers come when they are told to. */
function setUp() {
  const asked: { answer(): void; fail(error: Error): void }[] = [];
  const failures: string[] = [];
  const fresh = freshness({
    ...{ freshMs: 2_000, staleMs: 4_000, patienceMs: 1_000, now: Date.now },
    ask: () => new Promise((answer, fail) => void asked.push({ answer, fail })),
    onFailure: (problem) => void failures.push(problem),
  });
  /** Whether whoever comes now goes on at once, and if not, after how long. */
  const waits = async (): Promise<number> => {
    const begin = Date.now();
    const wait = fresh.check();
    if (wait === undefined) return 0;
    let took: number | undefined;
    void wait.then(() => (took = Date.now() - begin));
    while (took === undefined) await vi.advanceTimersByTimeAsync(100);
    return took;
  };
  const answered = async () => {
    asked.at(-1)?.answer();
    await vi.advanceTimersByTimeAsync(0);
  };
  /** The first answer. */
  const known = async () => {
    void fresh.check();
    await answered();
  };
  return { fresh, asked, failures, waits, answered, known };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("what is known", () => {
  it("is asked for at first, and waited for a second at most", async () => {
    const { asked, waits } = setUp();
    expect(asked).toHaveLength(0);
    expect(await waits()).toBe(1_000);
    expect(asked).toHaveLength(1);
  });

  it("is fresh for two seconds, then asked for in the background, and waited for beyond four", async () => {
    const { asked, waits, known, fresh } = setUp();
    await known();
    await pass(1_999);
    expect([await waits(), asked.length]).toEqual([0, 1]);
    await pass(1);
    for (let i = 0; i < 100; i++) expect(fresh.check()).toBeUndefined();
    expect(asked, "by one, however many come").toHaveLength(2);
    asked[1]?.answer();
    await pass(4_001);
    const waiting = Array.from({ length: 100 }, () => fresh.check());
    expect(waiting.every((wait) => wait instanceof Promise)).toBe(true);
    expect(asked).toHaveLength(3);
  });

  it("counts from when it was asked for, not from when the answer came", async () => {
    const { asked, fresh } = setUp();
    void fresh.check();
    await pass(900);
    asked[0]?.answer();
    await pass(1_099);
    expect(fresh.check()).toBeUndefined();
    expect(asked).toHaveLength(1);
    await pass(1);
    void fresh.check();
    expect(asked).toHaveLength(2);
  });

  it("is not fresh by a clock that has jumped ahead and returned", async () => {
    const { asked, known, fresh } = setUp();
    vi.setSystemTime(Date.now() + 86_400_000);
    await known();
    vi.setSystemTime(Date.now() - 86_400_000);
    expect(fresh.check()).toBeInstanceOf(Promise);
    expect(asked).toHaveLength(2);
  });

  it("that expired is asked for anew, also while a question is under way: that one may be older", async () => {
    const { asked, known, fresh } = setUp();
    await known();
    await pass(2_000);
    void fresh.check();
    fresh.expire();
    expect(fresh.check()).toBeInstanceOf(Promise);
    expect(asked).toHaveLength(3);
    asked[1]?.answer();
    await pass(0);
    expect(fresh.check(), "the old answer made nothing fresh").toBeInstanceOf(Promise);
  });

  it("outlasts the request that asks", async () => {
    const { fresh, answered } = setUp();
    const waitUntil = vi.fn();
    void fresh.check({ waitUntil });
    await answered();
    await waitUntil.mock.calls[0]?.[0];
  });
});

describe("no answer", () => {
  it("that fails holds nobody up for two seconds, and is told each time", async () => {
    const { asked, failures, known, fresh, waits } = setUp();
    await known();
    await pass(10_000);
    const wait = fresh.check();
    asked[1]?.fail(new Error("gone"));
    await wait;
    expect([await waits(), asked.length]).toEqual([0, 2]);
    await pass(2_000);
    expect([await waits(), asked.length]).toEqual([0, 3]);
    asked[2]?.fail(new Error("gone still"));
    await pass(0);
    expect(failures).toEqual(["gone", "gone still"]);
  });

  it("at all is told when the next is asked, and nobody waits twice for it", async () => {
    const { asked, failures, waits } = setUp();
    expect(await waits()).toBe(1_000);
    expect([await waits(), asked.length]).toEqual([0, 1]);
    await pass(1_999);
    expect([await waits(), asked.length]).toEqual([0, 1]);
    await pass(1);
    expect([await waits(), asked.length, failures]).toEqual([0, 2, ["no answer within 3000 ms"]]);
  });

  it("from a request that died an hour ago is no reason to go on without one", async () => {
    const { asked, fresh, known } = setUp();
    await known();
    await pass(2_500);
    expect(fresh.check()).toBeUndefined();
    await pass(3_600_000);
    expect(fresh.check()).toBeInstanceOf(Promise);
    expect(asked).toHaveLength(3);
  });

  it("leaves no timer behind once it came", async () => {
    const { fresh, answered } = setUp();
    void fresh.check();
    await answered();
    expect(vi.getTimerCount()).toBe(0);
  });
});
