/** Live plans while the database is away, or hangs: what was last known holds, and nobody waits long or twice. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { administered, book, free, limits, start } from "../../test/administered.ts";
import { userDirectory } from "../../test/database.ts";
import { closeProcesses, holds, setApi, twoProcesses } from "../../test/two-processes.ts";
import { livePlans } from "./make-live-plans.ts";

afterEach(() => {
  closeProcesses();
  vi.useRealTimers();
});

describe("while the database is away", () => {
  it("what was last known holds, told once; an edit made meanwhile is seen once it is back, told once", async () => {
    const processes = await twoProcesses();
    const { two, there, clock, errors } = processes;
    await holds(two);
    await holds(two, "2");
    there.failWith(new Error("gone"));
    await setApi(processes, 5);
    for (let i = 0; i < 20; i++) {
      clock.ms += 4_500;
      expect([await holds(two), await holds(two, "2"), await holds(two, "9")]).toEqual([60, 180, 60]);
    }
    expect(errors).toEqual(["SLUICE_PLAN_LOOKUP_FAILED"]);
    there.failWith(undefined);
    clock.ms += 4_001;
    expect(await holds(two)).toBe(5);
    expect(await holds(two, "9"), "never seen before").toBe(5);
    expect(errors).toEqual(["SLUICE_PLAN_LOOKUP_FAILED", "SLUICE_PLAN_LOOKUP_RECOVERED"]);
  });

  it("a user whose lookup failed is looked up anew as soon as it is back, not a minute later", async () => {
    const { two, there, here, clock } = await twoProcesses();
    await holds(two, "9");
    there.failWith(new Error("gone"));
    expect(await holds(two, "2"), "the default plan's last known number").toBe(60);
    expect(here.statements.length).toBeGreaterThan(0);
    there.failWith(undefined);
    clock.ms += 4_001;
    expect(await holds(two, "2")).toBe(180);
  });

  it("from the beginning, the code's numbers hold", async () => {
    const { two, there } = await twoProcesses();
    there.failWith(new Error("gone"));
    expect([await holds(two), await holds(two, "2")]).toEqual([60, 60]);
    expect(two.defaults).toEqual({ book, plan: "free" });
  });

  it("it is left alone: one question about edits every two seconds, and no lookup again of those who are known", async () => {
    const { two, there, clock } = await twoProcesses();
    await holds(two);
    there.failWith(new Error("gone"));
    there.statements.length = 0;
    for (let i = 0; i < 100; i++) {
      clock.ms += 100;
      await holds(two);
    }
    expect(there.statements.length).toBeLessThanOrEqual(5);
  });
});

describe("a database that hangs", () => {
  /** Plans on a database whose answers come when they are let go, from `hang()` on. */
  async function hanging() {
    vi.useFakeTimers({ now: start });
    const { db, plans } = await administered();
    const held: (() => void)[] = [];
    let isHanging = false;
    const slowed = new Proxy(db, {
      get(target, name) {
        const real = Reflect.get(target, name);
        if (name !== "select" || !isHanging) return real;
        return (...words: unknown[]) => {
          const until = new Promise<void>((resolve) => held.push(resolve));
          return slow(Reflect.apply(real as () => object, target, words), until);
        };
      },
    });
    const errors: unknown[] = [];
    const live = livePlans({
      ...{ db: slowed, users: userDirectory, limits, defaults: book, default: "free", now: Date.now },
      onError: (error) => void errors.push(error),
    });
    const hang = (is = true): void => {
      isHanging = is;
    };
    return { plans, live, errors, held, hang };
  }

  it("is waited for a second at most; its late answer is taken over", async () => {
    const { plans, live, errors, held, hang } = await hanging();
    expect(await holds(live)).toBe(60);
    const { version } = await plans.read("free");
    await plans.update("free", { ...free, limits: { ...free.limits, api: 5 } }, version, "root");
    hang();
    await vi.advanceTimersByTimeAsync(30_000);
    let units: unknown;
    void holds(live).then((known) => (units = known));
    await vi.advanceTimersByTimeAsync(999);
    expect(units).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(units).toBe(60);
    expect(vi.getTimerCount()).toBe(0);
    for (const release of held.splice(0)) release();
    await vi.advanceTimersByTimeAsync(0);
    hang(false);
    expect(await holds(live)).toBe(5);
    expect(errors).toEqual([]);
  });
});

describe("a database that takes a second and a half", () => {
  it.each([
    ["an edited plan", 5_000],
    ["an override", 7_000],
  ])("lets %s be seen within %s ms under load, with a question at a time", async (what, withinMs) => {
    vi.useFakeTimers({ now: start });
    const { db, plans, users } = await administered();
    let under = 0;
    let most = 0;
    const slowed = new Proxy(db, {
      get(target, name) {
        const real = Reflect.get(target, name) as (...words: unknown[]) => object;
        if (name !== "select") return real;
        return (...words: unknown[]) => {
          const until = new Promise<void>((resolve) => setTimeout(resolve, 1_500));
          most = Math.max(most, ++under);
          void until.then(() => under--);
          return slow(Reflect.apply(real, target, words), until);
        };
      },
    });
    const live = livePlans({
      ...{ db: slowed, users: userDirectory, limits, defaults: book, default: "free", now: Date.now },
      onError: () => {},
    });
    /** Twenty requests at once every tenth of a second; the last one's limit. */
    let seen: unknown;
    const pass = async (ms: number) => {
      for (const end = Date.now() + ms; Date.now() < end; await vi.advanceTimersByTimeAsync(100)) {
        for (let n = 0; n < 20; n++) void holds(live).then((units) => (seen = units));
      }
    };
    await pass(12_000);
    expect(seen).toBe(60);
    // Wherever in the round of questions the edit comes.
    for (let round = 0; round < 8; round++) {
      const api = 100 + round;
      if (what === "an override") {
        const version = (await users.read("1")).overrides[0]?.version ?? 0;
        await users.setOverride("1", "api", { units: api, note: "n" }, version, "root");
      } else {
        await plans.update(
          "free",
          { ...free, limits: { ...free.limits, api } },
          (await plans.read("free")).version,
          "r",
        );
      }
      await pass(withinMs);
      expect(seen).toBe(api);
      await pass(370 * round);
    }
    // One about edits, and one about the user.
    expect(most).toBeLessThanOrEqual(2);
  });
});

/** A query builder whose answer comes when `until` has. */
function slow(builder: object, until: Promise<void>): object {
  return new Proxy(builder, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name === "then") return (...words: unknown[]) => until.then(() => Reflect.apply(member, target, words));
      return (...words: unknown[]) => slow(Reflect.apply(member, target, words) as object, until);
    },
  });
}
