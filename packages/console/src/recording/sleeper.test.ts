/** When rows are written: a moment after the first event, again where that failed, and at the end of a process. */

import { describe, expect, it, vi } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { counts, decided, recording } from "../../test/recorded.ts";

const allowed = (key: string) => ({ allowed: true, decisions: [decided("api", key)] });

describe("in time", () => {
  it("the first event begins one task, which writes a moment later; the next event after it begins another", async () => {
    const database = testDatabase();
    const { recorder, tasks } = recording(database, { flushMs: 20 });
    expect(tasks).toHaveLength(0);
    for (let at = 0; at < 5; at++) recorder.onDecision(allowed("api:f1"));
    expect(tasks).toHaveLength(1);
    expect(counts(database)).toEqual([]);
    await tasks[0];
    expect(counts(database).map(({ count }) => count)).toEqual([5]);
    recorder.onDecision(allowed("api:f1"));
    expect(tasks).toHaveLength(2);
    await tasks[1];
    expect(counts(database).map(({ count }) => count)).toEqual([6]);
    database.close();
  });

  it("the task tries again where the database fails, ever more slowly, and ends", async () => {
    vi.useFakeTimers();
    const database = testDatabase();
    const { recorder, tasks } = recording(database, { flushMs: 2_000 });
    database.failWith(new Error("gone"));
    recorder.onDecision(allowed("api:f1"));
    const failures: number[] = [];
    for (let second = 0; second < 16; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      failures.push(recorder.counters().failed);
    }
    expect(failures).toEqual([0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3]);
    await tasks[0];
    database.failWith(undefined);
    recorder.onDecision(allowed("api:f1"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(counts(database).map(({ count }) => count)).toEqual([2]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    database.close();
  });

  it("a flush at the end wakes the sleeper, writes, and leaves no timer", async () => {
    vi.useFakeTimers();
    const database = testDatabase();
    const { recorder, tasks } = recording(database, { flushMs: 10_000 });
    recorder.onDecision(allowed("api:f1"));
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(1);
    await recorder.flush();
    await Promise.all(tasks);
    expect(vi.getTimerCount()).toBe(0);
    expect(counts(database).map(({ count }) => count)).toEqual([1]);
    vi.useRealTimers();
    database.close();
  });

  it("a task that the platform broke off keeps nobody waiting for longer than a minute", () => {
    const database = testDatabase();
    let begun = 0;
    const { recorder, clock } = recording(database, { background: () => void begun++ });
    recorder.onDecision(allowed("api:f1"));
    clock.ms += 59_000;
    recorder.onDecision(allowed("api:f1"));
    expect(begun).toBe(1);
    clock.ms += 1_000;
    recorder.onDecision(allowed("api:f1"));
    expect(begun).toBe(2);
    database.close();
  });

  it("nothing is asked of anybody before the first event", () => {
    const database = testDatabase();
    const now = vi.fn(() => 0);
    const { tasks } = recording(database, { now });
    expect([now.mock.calls.length, tasks.length, database.statements.length]).toEqual([0, 0, 0]);
    database.close();
  });

  it("a flush waits for what is being written already", async () => {
    const database = testDatabase();
    const { batch } = database.db;
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    database.db.batch = (async (statements: never) => {
      await asked;
      return batch.call(database.db, statements);
    }) as unknown as typeof batch;
    const { recorder } = recording(database);
    recorder.onDecision(allowed("api:f1"));
    const first = recorder.flush();
    let isOver = false;
    const second = recorder.flush().then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isOver).toBe(false);
    answer();
    await Promise.all([first, second]);
    expect(counts(database).map(({ count }) => count)).toEqual([1]);
    database.close();
  });
});

describe("options", () => {
  it.each([
    ["flushMs", { flushMs: 30_000 }],
    ["flushMs", { flushMs: Number.NaN }],
    ["planOf", { planOf: "free" }],
    ["db", { db: {} }],
    ["sinks", { sinks: {} }],
  ])("%s that makes no sense is named", (name, wrong) => {
    const database = testDatabase();
    expect(() => recording(database, wrong as never)).toThrow(new RegExp(`SLUICE_OPTION_TYPE: ${name} of recorder`));
    database.close();
  });
});
