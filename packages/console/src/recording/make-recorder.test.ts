/** What is recorded of decisions: counts as a plain model has them, whoever writes when, on one database. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { counts, decided, histogram, recording, rows } from "../../test/recorded.ts";
import { asSet, event, model, step } from "../../test/recorded-model.ts";

describe("counts and histograms", () => {
  it("are those of a plain model, whenever rows are written in between", async () => {
    const database = testDatabase();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (history) => {
        emptied(database);
        const { recorder, clock } = recording(database);
        const startMs = Math.floor(clock.ms / 60_000) * 60_000;
        clock.ms = startMs;
        for (const one of history) {
          if (one.is === "time") clock.ms = startMs + one.ms;
          if (one.is === "decision") recorder.onDecision(event(one));
          if (one.is === "flush") await recorder.flush();
        }
        await recorder.flush();
        const expected = model(history, startMs);
        expect(asSet(counts(database))).toEqual(expected.counts);
        expect(asSet(histogram(database))).toEqual(expected.histogram);
        expect(
          asSet(
            recorder
              .counters()
              .decisions.map(({ limiter, plan, outcome, count }) => ({ limiter, plan, outcome, count })),
          ),
        ).toEqual(withoutMinutes(expected.counts));
      }),
      { numRuns: 100 },
    );
    database.close();
  });

  it("of two processes on one database add up", async () => {
    const database = testDatabase();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (history) => {
        emptied(database);
        const both = [recording(database), recording(database)] as const;
        for (const one of history) {
          if (one.is === "decision") for (const { recorder } of both) recorder.onDecision(event(one));
          if (one.is === "flush") await both[one.by].recorder.flush();
        }
        for (const { recorder } of both) await recorder.flush();
        const once = model(
          history.filter(({ is }) => is !== "time"),
          both[0].clock.ms,
        );
        const doubled = (all: Set<string>, columns: number): Set<string> =>
          new Set(
            [...all].map((row) => {
              const fields = JSON.parse(row) as unknown[];
              return JSON.stringify(fields.map((field, at) => (at >= columns ? Number(field) * 2 : field)));
            }),
          );
        expect(asSet(counts(database))).toEqual(doubled(once.counts, 4));
        expect(asSet(histogram(database))).toEqual(doubled(once.histogram, 4));
      }),
      { numRuns: 40 },
    );
    database.close();
  });

  it("lose and double no count when the clock jumps, however far", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    const jumps = [0, 3_600_000, -3_600_000, 120_000, -86_400_000, 86_400_000 * 400, -86_400_000 * 399, 1, 60_000];
    for (const jump of jumps) {
      clock.ms += jump;
      recorder.onDecision({ allowed: true, decisions: [decided("api", "api:f1", { cost: 2 })] });
      if (jump < 0) await recorder.flush();
    }
    await recorder.flush();
    const [sums] = rows(database, "select sum(count) as count from sluice_decision_minutes");
    expect(sums).toEqual({ count: jumps.length });
    expect(rows(database, "select sum(hundredths) as units from sluice_key_counts")).toEqual([
      { units: jumps.length * 200 },
    ]);
    database.close();
  });
});

/** Cheaper than a database for each history. */
function emptied({ sqlite }: TestDatabase): void {
  sqlite.exec(
    ["decision_minutes", "key_counts", "denied_keys", "user_denials"]
      .map((of) => `delete from sluice_${of};`)
      .join(" "),
  );
}

/** Sums over the minutes, as counters of a process have them. */
function withoutMinutes(all: Set<string>): Set<string> {
  const sums = new Map<string, number>();
  for (const row of all) {
    const [, limiter, plan, outcome, count] = JSON.parse(row) as [number, string, string, string, number];
    const name = JSON.stringify([limiter, plan, outcome]);
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return new Set([...sums].map(([name, count]) => JSON.stringify([...JSON.parse(name), count])));
}
