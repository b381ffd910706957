/** Too much, and a database that fails: what is lost is counted, and nobody waits or is told twice. */

import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { counts, decided, histogram, recording, rows } from "../../test/recorded.ts";
import type { FeedAccess } from "./recorder.ts";

const access: FeedAccess = {
  feedId: "feed-1",
  ownerId: "p1",
  atMs: 1,
  address: "192.0.2.1",
  userAgent: "reader",
  status: 200,
  decision: "allowed",
};
const allowed = (key: string, limiter = "api") => ({ allowed: true, decisions: [decided(limiter, key)] });
const denied = (key: string, limiter = "api") => ({
  allowed: false,
  decisions: [decided(limiter, key, { allowed: false })],
});

describe("too much", () => {
  it("of keys: counts stay right, the histogram follows ten thousand, and the log says so once and how many at the end", async () => {
    const database = testDatabase();
    const { recorder, clock, heard } = recording(database);
    for (let at = 0; at < 10_500; at++)
      recorder.onDecision(at < 10_200 ? allowed(`ip-${at}`, "ip") : denied(`ip-${at}`, "ip"));
    await recorder.flush();
    expect(recorder.counters().dropped).toEqual({ accesses: 0, keys: 500, denials: 300, writes: 0 });
    expect(counts(database).map(({ outcome, count }) => [outcome, count])).toEqual([
      ["allowed", 10_200],
      ["denied", 300],
    ]);
    expect(histogram(database).map(({ keys }) => keys)).toEqual([10_000]);
    recorder.onDecision(allowed("ip-x", "ip"));
    await recorder.flush();
    expect(heard).toEqual([
      "[sluice] SLUICE_RECORDS_DROPPED: more happens than is recorded: 500 keys, 300 denials left out so far",
    ]);
    clock.ms += 60_000;
    recorder.onDecision(allowed("ip-x", "ip"));
    await recorder.flush();
    expect(heard.slice(1)).toEqual(["[sluice] SLUICE_RECORDS_DROPPED: everything is recorded again: 801 left out"]);
    database.close();
  });

  it("of reads: ten thousand wait, the rest is counted", async () => {
    const database = testDatabase();
    const { recorder } = recording(database);
    for (let at = 0; at < 10_007; at++) recorder.access({ ...access, userAgent: "é".repeat(512) });
    await recorder.flush();
    expect(recorder.counters().dropped.accesses).toBe(7);
    expect(rows(database, "select count(*) as n from sluice_feed_access")).toEqual([{ n: 10_000 }]);
    database.close();
  });

  it("of everything at once goes in batches of at most ten statements and texts below a megabyte", async () => {
    const database = testDatabase();
    const { recorder } = recording(database, { parts: [{ statements: () => part(3) }] });
    const part = (many: number) =>
      Array.from({ length: many }, () => database.db.delete(tables.versions).where(sql`false`));
    const tables = await import("../schema.ts");
    const batches: number[] = [];
    const texts: number[] = [];
    const { batch } = database.db;
    database.db.batch = ((statements: readonly { toSQL?(): { params: unknown[] } }[]) => {
      batches.push(statements.length);
      for (const one of statements) {
        for (const text of one.toSQL?.().params ?? []) texts.push(new TextEncoder().encode(String(text)).length);
      }
      return batch.call(database.db, statements as never);
    }) as unknown as typeof batch;
    for (let at = 0; at < 5_000; at++) {
      recorder.access({ ...access, userAgent: "€".repeat(512), feedId: "€".repeat(300) });
      recorder.onDecision(denied(`api:${"ü".repeat(400)}${at}`));
    }
    await recorder.flush();
    expect(Math.max(...batches)).toBe(10);
    expect(Math.max(...texts)).toBeLessThan(1_000_000);
    expect(Math.max(...texts)).toBeGreaterThan(500_000);
    expect(rows(database, "select count(*) as n from sluice_feed_access")).toEqual([{ n: 5_000 }]);
    expect(counts(database).map(({ count }) => count)).toEqual([5_000]);
    database.close();
  });
});

describe("a database that fails", () => {
  it("loses nothing that there is room for, and is told of once", async () => {
    const database = testDatabase();
    const { recorder, clock, heard } = recording(database);
    database.failWith(new Error("database is locked"));
    for (let minute = 0; minute < 8; minute++) {
      for (let times = 0; times < 3; times++) {
        recorder.onDecision(allowed("api:f1"));
        recorder.onDecision(denied("api:p1"));
        recorder.access(access);
        await recorder.flush();
      }
      clock.ms += 60_000;
    }
    expect(recorder.counters().failed).toBe(24);
    database.failWith(undefined);
    await recorder.flush();
    expect(heard).toEqual([
      "[sluice] SLUICE_RECORDS_FAILED: records cannot be written (database is locked); they wait",
      "[sluice] SLUICE_RECORDS_RECOVERED: records are written again",
    ]);
    expect(counts(database).map(({ outcome, count }) => `${outcome} ${count}`)).toEqual(
      Array(8).fill(["allowed 3", "denied 3"]).flat(),
    );
    expect(histogram(database).map(({ plan, bucket, keys }) => `${plan} ${bucket} ${keys}`)).toEqual(
      Array(8).fill(["free 3 1", "pro 3 1"]).flat(),
    );
    expect(rows(database, "select count(*) as n from sluice_feed_access")).toEqual([{ n: 24 }]);
    expect(rows(database, "select sum(denials) as n from sluice_denied_keys")).toEqual([{ n: 24 }]);
    expect(recorder.counters().dropped).toEqual({ accesses: 0, keys: 0, denials: 0, writes: 0 });
    database.close();
  });

  it("for days leaves so much, whole minutes of it, and counts the rest", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    database.failWith(new Error("gone"));
    const perMinute = 500;
    for (let minute = 0; minute < 60; minute++) {
      for (let at = 0; at < perMinute; at++) recorder.onDecision(allowed(`x-${at}`, `limiter-${at}`));
      await recorder.flush();
      clock.ms += 60_000;
    }
    const { dropped } = recorder.counters();
    expect(dropped.writes).toBeGreaterThan(0);
    database.failWith(undefined);
    const { statements } = database;
    const before = statements.length;
    await recorder.flush();
    const batches = statements.slice(before).filter((text) => text.includes("sluice_decision_minutes")).length;
    const [sum] = rows(database, "select sum(count) as n from sluice_decision_minutes");
    const [keys] = rows(database, "select sum(keys) as n from sluice_key_counts");
    // Of each limiter and minute a row of counts and one of the histogram.
    expect(Number(sum?.["n"]) + Number(keys?.["n"]) + recorder.counters().dropped.writes).toBe(2 * 60 * perMinute);
    expect(sum).toEqual(keys);
    expect(Number(sum?.["n"])).toBeGreaterThanOrEqual(20_000);
    // Once a few rows have gone through, the rest goes in great batches: a task has half a minute.
    expect(batches).toBeLessThan(20);
    database.close();
  });

  it("is no matter of requests: a hook that hears of it may throw, and so may plans and sinks", async () => {
    const database = testDatabase();
    const { recorder } = recording(database, {
      planOf: () => JSON.parse("{"),
      onError: () => JSON.parse("{"),
      sinks: [{ record: () => JSON.parse("{") }],
    });
    database.failWith(new Error("gone"));
    recorder.onDecision(allowed("api:f1"));
    recorder.onDecision(allowed("other", "ip"));
    recorder.access(access);
    await recorder.flush();
    database.failWith(undefined);
    await recorder.flush();
    expect(counts(database).map(({ limiter, count }) => [limiter, count])).toEqual([["ip", 1]]);
    database.close();
  });

  it("a part's statement that never works keeps no rows out, and is given up when there are too many", async () => {
    const database = testDatabase();
    const wrong = () => database.db.insert(versions).values({ name: "x", version: sql`nonsense` });
    const { versions } = await import("../schema.ts");
    const { recorder } = recording(database, { parts: [{ statements: () => [wrong()] }] });
    for (let at = 0; at < 25; at++) {
      recorder.onDecision(allowed("api:f1"));
      await recorder.flush();
    }
    expect(counts(database).map(({ count }) => count)).toEqual([25]);
    expect(recorder.counters().dropped.writes).toBe(5);
    database.close();
  });
});
