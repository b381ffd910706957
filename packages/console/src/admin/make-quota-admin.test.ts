import { DatabaseSync } from "node:sqlite";
import { type Backend, perMinute, policy } from "@sluice/core";
import { rateLimitBindings } from "@sluice/core/cloudflare";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { describe, expect, test } from "vitest";
import type { PlanLimits } from "../plans/limits.ts";
import type { Units } from "../plans/plan.ts";
import { AdminError } from "./admin-error.ts";
import type { AuditAdmin } from "./audit-admin.ts";
import { quotaAdmin } from "./make-quota-admin.ts";

const limitOf = (name: string, key: string) => ({
  ...{ label: name, policy: name, unit: "requests per minute", rate: (units: number) => perMinute(units) },
  counter: (userId: string) => ({ key: `${key}:${userId}`, shard: userId }),
  userOf: () => undefined,
});
const limits: PlanLimits = { api: limitOf("api", "api"), publicFeed: limitOf("public-feed", "publicFeed") };

type Line = Parameters<AuditAdmin["add"]>[0];

/** Quotas of one user on a backend. */
function stand(backend: Backend, units: Readonly<Record<string, Units>> = { api: 60, publicFeed: 17 }) {
  const lines: Line[] = [];
  let isAway = false;
  const audit = {
    async add(line: Line) {
      if (isAway) throw new Error("locked");
      return lines.push(line);
    },
  };
  const unitsOf = async (userId: string): Promise<Readonly<Record<string, Units>>> => {
    if (userId !== "u1") throw new AdminError("unknown", "There is no such user.");
    return units;
  };
  const spend = async (cost: number, limit = 60): Promise<boolean> => {
    const charge = { policy: policy("api", perMinute(limit)), key: "api:u1", shard: "u1", cost };
    return (await backend.consume([charge])).allowed;
  };
  const quota = quotaAdmin({ backend, limits, unitsOf, audit, patienceMs: 50 });
  return { quota, lines, spend, lose: () => (isAway = true) };
}

const clock = { now: () => 1_000_000 };
const exact: readonly (readonly [string, () => Backend])[] = [
  ["memory", () => memory({ clock })],
  ["sqlite", () => sqlite(new DatabaseSync(":memory:"), onClock(clock, {}))],
];

describe.each(exact)("on %s", (_, make) => {
  test("what is spent and left is told, and asking costs nothing", async () => {
    const { quota, spend } = stand(make());
    await spend(20);
    const api = { limit: "api", units: 60, used: 20, remaining: 40, resetAfterMs: 20_000 };
    for (let n = 0; n < 3; n++) {
      expect(await quota.read("u1")).toEqual([
        api,
        { limit: "publicFeed", units: 17, used: 0, remaining: 17, resetAfterMs: 0 },
      ]);
    }
  });

  test("a limit that was lowered below what is spent has nothing left", async () => {
    const backend = make();
    await stand(backend).spend(60);
    const [api] = await stand(backend, { api: 5 }).quota.read("u1");
    expect(api).toMatchObject({ units: 5, used: 5, remaining: 0 });
  });

  test("a reset makes one counter whole, and is written down with what was spent", async () => {
    const { quota, spend, lines } = stand(make());
    await spend(60);
    expect(await spend(1)).toBe(false);
    expect(quota.cannotReset).toBeUndefined();
    await quota.reset("u1", "api", "ada");
    expect(await spend(60)).toBe(true);
    const change = { before: { limit: "api", used: 60 }, after: { limit: "api", used: 0 } };
    expect(lines).toEqual([{ who: "ada", action: "quota.reset", subject: "u1", ...change }]);
  });

  test.each<Units>([0, "unlimited"])("a counter is made whole that has a limit of %s meanwhile", async (units) => {
    const backend = make();
    const before = stand(backend);
    await before.spend(60);
    await stand(backend, { api: units }).quota.reset("u1", "api", "ada");
    expect(await before.spend(60)).toBe(true);
  });
});

test("all limits are one question, which charges nothing", async () => {
  const asked: number[][] = [];
  const backend = memory({ clock });
  const watched: Backend = {
    ...backend,
    consume(charges) {
      asked.push(charges.map(({ cost }) => cost));
      return backend.consume(charges);
    },
  };
  await stand(watched).quota.read("u1");
  expect(asked).toEqual([[0, 0]]);
});

test("no limit and a limit of 0 are said, and the backend is asked about neither", async () => {
  const unasked: Backend = {
    ...memory({ clock }),
    consume() {
      throw new Error("asked");
    },
  };
  const [api, feed] = await stand(unasked, { api: "unlimited", publicFeed: 0 }).quota.read("u1");
  expect(api).toEqual({ limit: "api", units: "unlimited", because: "It has no limit, so nothing is counted." });
  expect(feed).toMatchObject({ units: 0, remaining: 0, because: expect.stringContaining("The limit is 0") });
  expect(feed).not.toHaveProperty("used");
});

const binding = { limit: async () => ({ success: true }) };
const numberless: readonly (readonly [string, Backend, string])[] = [
  ["no-op", noop(), "Limits are off: the backend noop counts nothing."],
  [
    "ratelimit bindings",
    rateLimitBindings({ tiers: [{ name: "API_FREE", binding, limit: 17, period: 60 }] }),
    "The backend cloudflare knows only yes and no, not how much is used.",
  ],
];

describe.each(numberless)("where the backend is %s", (_, backend, because) => {
  test("no number is invented", async () => {
    expect(await stand(backend).quota.read("u1")).toEqual([
      { limit: "api", units: 60, because },
      { limit: "publicFeed", units: 17, because },
    ]);
  });

  test("nothing can be reset, which is said before and after", async () => {
    const { quota, lines } = stand(backend);
    expect(quota.cannotReset).toContain(`The backend ${backend.name} `);
    await expect(quota.reset("u1", "api", "ada")).rejects.toMatchObject({ code: "unsupported", status: 409 });
    expect(lines).toEqual([]);
  });
});

const failures: readonly (readonly [string, () => Promise<never>])[] = [
  ["fails", () => Promise.reject(new Error("connect ECONNREFUSED redis://user:secret@host"))],
  ["hangs", () => new Promise<never>(() => {})],
  [
    "throws",
    () => {
      throw new Error("secret");
    },
  ],
];

describe.each(failures)("a backend that %s", (_, consume) => {
  const backend: Backend = { ...memory({ clock }), name: "redis", consume, reset: consume };

  test("leaves the rows without numbers, and says why", async () => {
    const rows = await stand(backend).quota.read("u1");
    const because = "The backend redis does not answer.";
    expect(rows).toEqual([
      { limit: "api", units: 60, because },
      { limit: "publicFeed", units: 17, because },
    ]);
  });

  test("resets nothing, and no line says that it did", async () => {
    const { quota, lines } = stand(backend);
    await expect(quota.reset("u1", "api", "ada")).rejects.toMatchObject({ code: "unavailable", status: 503 });
    await expect(quota.reset("u1", "api", "ada")).rejects.not.toThrow(/secret/);
    expect(lines).toEqual([]);
  });
});

test("numbers of a stand-in are nobody's", async () => {
  const backend = memory({ clock });
  const standIn: Backend = {
    ...backend,
    name: "redis",
    consume: (charges) => {
      const outcome = backend.consume(charges);
      return { ...outcome, decisions: outcome.decisions.map((one) => ({ ...one, via: "fallback" as const })) };
    },
  };
  const [api] = await stand(standIn).quota.read("u1");
  expect(api).toEqual({ limit: "api", units: 60, because: "The backend redis does not answer." });
});

test("users and limits there are not are named", async () => {
  const { quota, lines } = stand(memory({ clock }));
  await expect(quota.read("nobody")).rejects.toMatchObject({ code: "unknown" });
  await expect(quota.reset("nobody", "api", "ada")).rejects.toMatchObject({ code: "unknown" });
  for (const name of ["apis", "__proto__", "toString"]) {
    await expect(quota.reset("u1", name, "ada")).rejects.toMatchObject({ code: "unknown", field: "limit" });
  }
  expect(lines).toEqual([]);
});

test("a reset that nobody could write down is said to be done", async () => {
  const { quota, spend, lose } = stand(memory({ clock }));
  await spend(60);
  lose();
  await expect(quota.reset("u1", "api", "ada")).rejects.toThrow(/It is done, but the database does not answer/);
  expect(await spend(60)).toBe(true);
});
