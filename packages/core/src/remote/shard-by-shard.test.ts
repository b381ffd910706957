/** Charges over several places: their order, what is given back, what cannot be, and when nothing is sent any more. */

import { describe, expect, it } from "vitest";
import { ledger, type Table } from "../algorithms/ledger.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { policy } from "../engine/policy.ts";
import { perMinute } from "../engine/rate.ts";
import { type Due, settleOnce } from "../engine/settle-once.ts";
import type { Deadline } from "../resilience/deadline.ts";
import { mergedFirst, notReached, type Place, settleAll, shardByShard } from "./shard-by-shard.ts";

const two = policy("two", perMinute(2));

/** A place that really counts, writes down what it is sent, and fails on command. */
interface TestPlace extends Place {
  readonly name: string;
  /** What it holds of a key. */
  used(key: string): number;
  failing?: "consume" | "after consuming" | "settle";
}

/** What all places were sent, in order. */
type Log = string[];

function place(name: string, log: Log, failing?: TestPlace["failing"]): TestPlace {
  const rows = new Map<string, readonly number[]>();
  const table: Table = {
    read: (row) => rows.get(row),
    write: (row, numbers) => rows.set(row, numbers),
    remove: (row) => rows.delete(row),
  };
  const counts = ledger(table, ({ key, policy: { name: of } }) => `${of}/${key}`);
  const now = 1_000_000;
  const self: TestPlace = {
    name,
    ...(failing && { failing }),
    used: (key) => {
      const charge: Charge = { policy: two, key, cost: 0 };
      return 2 - (counts.consume([charge], now).decisions[0]?.remaining as number);
    },
    async consume(charges, { passed }) {
      if (passed) throw new Error(`${name} is not asked in time`);
      log.push(`${name} ${charges.map(({ key, cost }) => `${key}=${cost}`).join(" ")}`);
      await Promise.resolve();
      if (self.failing === "consume") throw new Error(`${name} is down`);
      const outcome = counts.consume(charges, now);
      if (self.failing === "after consuming") throw new Error(`${name} lost its answer`);
      return outcome;
    },
    async settle(due) {
      log.push(
        `${name} settles ${due.map(({ decision, booked, final }) => `${decision.key} ${booked}→${final}`).join(" ")}`,
      );
      await Promise.resolve();
      if (self.failing === "settle") throw new Error(`${name} cannot settle`);
      counts.settle(due, now, () => false);
    },
  };
  return self;
}

function setUp() {
  const log: Log = [];
  const [a, b, c] = [place("A", log), place("B", log), place("C", log)];
  return { log, a, b, c };
}

const open: Deadline = { passed: false };

function charge(key: string, details: Partial<Charge> = {}): Charge {
  return { policy: two, key, cost: 1, ...details };
}

const shown = ({ allowed, decisions }: Outcome) => [
  allowed,
  ...decisions.map((one) => [one.key, one.allowed, one.charged]),
];

describe("the order", () => {
  it("is that of the charges, place by place, each place asked once and for all of its own", async () => {
    const { log, a, b, c } = setUp();
    const charges = ["x", "y", "z", "w"].map((key) => charge(key));
    const outcome = await shardByShard(charges, [b, a, b, c], open);
    expect(log).toEqual(["B x=1 z=1", "A y=1", "C w=1"]);
    expect(outcome.decisions.map(({ key, remaining }) => [key, remaining])).toEqual([
      ["x", 1],
      ["y", 1],
      ["z", 1],
      ["w", 1],
    ]);
    expect(outcome.allowed).toBe(true);
  });

  it("is one question where there is one place, whose answer is left as it is", async () => {
    const { log, a } = setUp();
    const charges = [charge("x", { maxDelayMs: 60_000, cost: 2 }), charge("y", { maxDelayMs: 60_000 })];
    await shardByShard(charges, [a, a], open);
    expect(await shardByShard(charges, [a, a], open)).toMatchObject({ allowed: true, delayMs: 60_000 });
    expect(log).toEqual(["A x=2 y=1", "A x=2 y=1"]);
  });

  it("is no question where there is no charge", async () => {
    expect(await shardByShard([], [], open)).toEqual({ allowed: true, decisions: [] });
  });
});

describe("a denial", () => {
  it("ends it: later places are not asked, and of their charges nothing is known", async () => {
    const { log, a, b, c } = setUp();
    await b.consume([charge("y", { cost: 2 })], open);
    log.length = 0;
    const outcome = await shardByShard([charge("x"), charge("y"), charge("z")], [a, b, c], open);
    expect(log).toEqual(["A x=1", "B y=1", "A settles x 100→0"]);
    expect(shown(outcome)).toEqual([false, ["x", true, 0], ["y", false, 0], ["z", true, 0]]);
    expect(outcome.retryAfterMs).toBe(30_000);
    expect(outcome.decisions[0]?.receipt).toBeUndefined();
    expect(outcome.decisions[2]).toEqual(notReached(charge("z")));
    expect([a.used("x"), b.used("y"), c.used("z")]).toEqual([0, 2, 0]);
  });

  it("at once gives nothing back, and sends nothing for it", async () => {
    const { log, a, b } = setUp();
    await a.consume([charge("x", { cost: 2 })], open);
    log.length = 0;
    expect(shown(await shardByShard([charge("x"), charge("y")], [a, b], open))).toEqual([
      false,
      ["x", false, 0],
      ["y", true, 0],
    ]);
    expect(log).toEqual(["A x=1"]);
  });

  it("is given in every place that had booked, at once, and only for what was booked", async () => {
    const { log, a, b, c } = setUp();
    await c.consume([charge("z", { cost: 2 })], open);
    log.length = 0;
    const charges = [
      charge("x", { cost: 0.29 }),
      charge("p", { mode: "peek" }),
      charge("n", { cost: 0 }),
      charge("y"),
      charge("z"),
    ];
    const outcome = await shardByShard(charges, [a, a, a, b, c], open);
    expect(log.slice(3)).toEqual(["A settles x 29→0", "B settles y 100→0"]);
    expect(outcome.decisions.map(({ charged }) => charged)).toEqual([0, 0, 0, 0, 0]);
    expect([a.used("x"), b.used("y")]).toEqual([0, 0]);
  });

  it("also takes back a shadow that an earlier place had booked; a shadow's own denies nobody", async () => {
    const { a, b, c } = setUp();
    await c.consume([charge("z", { cost: 2 })], open);
    const shadow = charge("x", { mode: "shadow" });
    expect(shown(await shardByShard([shadow, charge("z")], [a, c], open))).toEqual([
      false,
      ["x", true, 0],
      ["z", false, 0],
    ]);
    expect(a.used("x")).toBe(0);
    const full = charge("z", { mode: "shadow" });
    expect(shown(await shardByShard([full, charge("y")], [c, b], open))).toEqual([
      true,
      ["z", false, 0],
      ["y", true, 1],
    ]);
    expect([c.used("z"), b.used("y")]).toEqual([2, 1]);
  });

  it("stands where giving back fails: what cannot be given back stays spent", async () => {
    const { a, b, c } = setUp();
    await c.consume([charge("z", { cost: 2 })], open);
    a.failing = "settle";
    const outcome = await shardByShard([charge("x"), charge("y"), charge("z")], [a, b, c], open);
    expect(outcome.allowed).toBe(false);
    expect([a.used("x"), b.used("y")]).toEqual([1, 0]);
  });

  it("that can never fit has no wait", async () => {
    const { a, b } = setUp();
    const outcome = await shardByShard([charge("x"), charge("y", { cost: 3 })], [a, b], open);
    expect([outcome.allowed, outcome.retryAfterMs]).toEqual([false, undefined]);
  });
});

describe("a place that fails", () => {
  it.each(["consume", "after consuming"] as const)(
    "(%s) fails the whole, and the others get theirs back",
    async (failing) => {
      const { log, a, b, c } = setUp();
      b.failing = failing;
      const failed = shardByShard([charge("x"), charge("y"), charge("z")], [a, b, c], open);
      await expect(failed).rejects.toThrow(/^B /);
      expect(log).toEqual(["A x=1", "B y=1", "A settles x 100→0"]);
      // What it may have charged itself is not known, and stays.
      expect([a.used("x"), b.used("y"), c.used("z")]).toEqual([0, failing === "consume" ? 0 : 1, 0]);
    },
  );

  it("is what is told, not that giving back failed as well", async () => {
    const { a, b } = setUp();
    a.failing = "settle";
    b.failing = "consume";
    await expect(shardByShard([charge("x"), charge("y")], [a, b], open)).rejects.toThrow("B is down");
  });

  it("first has nothing to give back", async () => {
    const { log, a, b } = setUp();
    a.failing = "consume";
    await expect(shardByShard([charge("x"), charge("y")], [a, b], open)).rejects.toThrow("A is down");
    expect(log).toEqual(["A x=1"]);
  });

  it("by a mistake books nothing beside it", async () => {
    const { a, b } = setUp();
    await expect(shardByShard([charge("x"), charge("y", { cost: -1 })], [a, b], open)).rejects.toThrow("SLUICE_COST");
    expect(a.used("x")).toBe(0);
  });
});

describe("once the deadline has passed", () => {
  it("nothing is given back after a denial, which is still told", async () => {
    const { log, a, b } = setUp();
    await b.consume([charge("y", { cost: 2 })], open);
    log.length = 0;
    const late = { passed: false };
    const inTime = b.consume;
    b.consume = async (...args) => {
      const outcome = await inTime(...args);
      late.passed = true;
      return outcome;
    };
    const outcome = await shardByShard([charge("x"), charge("y")], [a, b], late);
    expect(log).toEqual(["A x=1", "B y=1"]);
    expect(outcome.allowed).toBe(false);
    expect(outcome.decisions[0]?.charged, "it stays spent").toBe(1);
    expect(a.used("x")).toBe(1);
  });

  it("nothing is given back after a failure either", async () => {
    const { log, a, b } = setUp();
    const late = { passed: false };
    b.consume = async () => {
      late.passed = true;
      throw new Error("B is down");
    };
    await expect(shardByShard([charge("x"), charge("y")], [a, b], late)).rejects.toThrow("B is down");
    expect(log).toEqual(["A x=1"]);
  });

  it("no further place is asked, and what was booked stays spent", async () => {
    const { log, a, b } = setUp();
    const late = { passed: false };
    const inTime = a.consume;
    a.consume = async (...args) => {
      const outcome = await inTime(...args);
      late.passed = true;
      return outcome;
    };
    await expect(shardByShard([charge("x"), charge("y")], [a, b], late)).rejects.toThrow("B is not asked in time");
    expect(log).toEqual(["A x=1"]);
    expect(a.used("x")).toBe(1);
  });
});

describe("slots ahead", () => {
  it("are refused over several places, before any is asked", async () => {
    const { log, a, b } = setUp();
    const charges = [charge("x"), charge("y", { maxDelayMs: 5 })];
    await expect(shardByShard(charges, [a, b], open)).rejects.toThrow("SLUICE_DELAY_UNSUPPORTED");
    expect(log).toEqual([]);
    expect((await shardByShard([charge("x"), charge("y", { maxDelayMs: 0 })], [a, b], open)).allowed).toBe(true);
  });
});

describe("settleAll()", () => {
  const due = (decision: Decision, final: number): Due => ({ decision, booked: decision.charged * 100, final });

  it("settles place by place, all of them at once", async () => {
    const { log, a, b } = setUp();
    const { decisions } = await shardByShard([charge("x"), charge("y"), charge("z")], [a, b, a], open);
    const entries = decisions.map((decision, i) => ({ due: due(decision, 0), place: [a, b, a][i] as Place }));
    log.length = 0;
    await settleAll(entries, open);
    expect(log).toEqual(["A settles x 100→0 z 100→0", "B settles y 100→0"]);
    expect([a.used("x"), b.used("y"), a.used("z")]).toEqual([0, 0, 0]);
  });

  it("fails where one fails, and the others have settled", async () => {
    const { a, b } = setUp();
    const { decisions } = await shardByShard([charge("x"), charge("y")], [a, b], open);
    a.failing = "settle";
    const entries = decisions.map((decision, i) => ({ due: due(decision, 0), place: [a, b][i] as Place }));
    await expect(settleAll(entries, open)).rejects.toThrow("A cannot settle");
    expect(b.used("y")).toBe(0);
  });
});

describe("mergedFirst()", () => {
  it("lets every place meet each counter once, and gives each charge its own part", async () => {
    const { log, a, b } = setUp();
    const charges = [charge("x", { cost: 0.5 }), charge("y"), charge("x", { cost: 1.5 })];
    const outcome = await mergedFirst(charges, (distinct) =>
      shardByShard(
        distinct,
        distinct.map(({ key }) => (key === "x" ? a : b)),
        open,
      ),
    );
    expect(log).toEqual(["A x=2", "B y=1"]);
    expect(outcome.decisions.map(({ key, cost, charged }) => [key, cost, charged])).toEqual([
      ["x", 0.5, 0.5],
      ["y", 1, 1],
      ["x", 1.5, 1.5],
    ]);
    // Each part can be settled by itself, and once.
    const once = settleOnce();
    const parts = outcome.decisions.filter(({ key }) => key === "x");
    expect(once(parts.map((decision) => ({ decision, cost: 0 }))).map(({ booked }) => booked)).toEqual([50, 150]);
    expect(once(parts.map((decision) => ({ decision, cost: 0 })))).toEqual([]);
  });

  it("passes charges on as they are where all differ, and one alone", async () => {
    for (const charges of [[charge("x"), charge("y")], [charge("x")], []]) {
      let seen: readonly Charge[] | undefined;
      await mergedFirst(charges, async (distinct) => {
        seen = distinct;
        return { allowed: true, decisions: [] };
      });
      expect(seen).toBe(charges);
    }
  });

  it("refuses charges that contradict each other before anything is asked", async () => {
    const other = charge("x", { policy: policy("two", perMinute(3)) });
    const asked = mergedFirst([charge("x"), other], () => Promise.reject(new Error("it was asked")));
    await expect(asked).rejects.toThrow("SLUICE_CHARGE_CONFLICT");
  });
});
