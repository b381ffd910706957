/** What-if on a real database: what was recorded, asked of by plan and limit, by index. */

import { perDay } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { addNumbers, planOf } from "../../test/query-plan.ts";
import { decided, limits, recording } from "../../test/recorded.ts";
import { whatIf } from "./make-what-if.ts";

describe("what-if", () => {
  it("tells of one plan's users by limit, with what was denied then and how much of the day is recorded", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    const ask = (key: string, times: number, isAllowed = true, limiter = "api"): void => {
      for (let i = 0; i < times; i++) {
        recorder.onDecision({ allowed: isAllowed, decisions: [decided(limiter, key, { allowed: isAllowed })] });
      }
    };
    // Before the time looked at, another plan's, and another limiter's.
    ask("api:f1", 500);
    clock.ms += 24 * 3_600_000;
    ask("api:p1", 300);
    ask("publicFeed:f1", 40, true, "public-feed");
    ask("api:f1", 10);
    await recorder.flush();
    ask("api:f1", 3, false);
    ask("api:f2", 4);
    clock.ms += 60_000;
    ask("api:f2", 6);
    await recorder.flush();
    database.statements.length = 0;
    const answers = await whatIf({ db: database.db, limits, now: () => clock.ms })("free", { api: 5, publicFeed: 8 });
    expect(database.statements).toHaveLength(2);
    expect(answers).toEqual({
      api: {
        asked: 23,
        deniedAtLeast: 9,
        deniedAtMost: 9,
        denied: 9,
        deniedThen: 3,
        keyMinutes: 2,
        minutes: 2,
        ofMinutes: 1_440,
      },
      publicFeed: {
        asked: 40,
        deniedAtLeast: 32,
        deniedAtMost: 32,
        denied: 32,
        deniedThen: 0,
        keyMinutes: 1,
        minutes: 2,
        ofMinutes: 1_440,
      },
    });
    database.close();
  });

  it("says nothing of limits that nobody knows, or whose window is no minute; without a limit nothing is denied", async () => {
    const database = testDatabase();
    const { recorder, clock } = recording(database);
    recorder.onDecision({ allowed: true, decisions: [decided("api", "api:f1", { cost: 900 })] });
    await recorder.flush();
    const { api } = limits;
    if (api === undefined) throw new Error("there is one");
    const daily = {
      ...limits,
      mails: { ...api, policy: "mails", rate: (units: number) => perDay(units, { timeZone: "UTC" }) },
    };
    const ask = whatIf({ db: database.db, limits: daily, now: () => clock.ms });
    expect(Object.keys(await ask("free", { api: 0, mails: 3, toString: 1 }))).toEqual(["api"]);
    expect(await ask("free", { api: "unlimited" })).toMatchObject({ api: { asked: 900, denied: 0, keyMinutes: 0 } });
    expect(await ask("free", { api: 0 })).toMatchObject({ api: { asked: 900, denied: 900, keyMinutes: 1 } });
    database.close();
  });

  it("reads by index, and a full day quickly", async () => {
    const database = testDatabase();
    const { sqlite } = database;
    // A day of two limiters, three plans and thirty buckets each: 259,200 rows.
    addNumbers(database, 1_440);
    sqlite.exec(`
      insert into sluice_key_counts select (29000000 + m.value) * 60000, l.value, p.value, b.value + 1, 3, 3 * (b.value + 1) * 100
      from numbers m, json_each('["api","public-feed"]') l, json_each('["free","pro","enterprise"]') p, numbers b where b.value < 30;
    `);
    const now = (): number => 29_001_439 * 60_000 + 30_000;
    database.statements.length = 0;
    const ask = whatIf({ db: database.db, limits, now });
    await ask("pro", { api: 20, publicFeed: 20 });
    for (const statement of database.statements) expect(planOf(database, statement)).not.toMatch(/SCAN (?:k|d|sluice)/);
    const begun = performance.now();
    const { api } = await ask("pro", { api: 20, publicFeed: 20 });
    const took = performance.now() - begun;
    expect(api?.asked).toBe(1_440 * 3 * ((30 * 31) / 2));
    console.log(`what-if over 259,200 rows of histograms: ${took.toFixed(1)} ms`);
    database.close();
  });
});
