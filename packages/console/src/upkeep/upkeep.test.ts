import { afterAll, describe, expect, it } from "vitest";
import { dayMs, hourMs, limits, nowMs, prepared } from "../../test/upkeep.ts";
import { type UpkeepOptions, upkeep } from "./upkeep.ts";

describe("the options of upkeep", () => {
  const test = prepared();
  const { db } = test;
  afterAll(() => test.close());
  const wrong: readonly (readonly [code: string, text: RegExp, options: object])[] = [
    ["SLUICE_OPTION_MISSING", /db of upkeep/, { limits }],
    ["SLUICE_OPTION_MISSING", /limits of upkeep/, { db }],
    ["SLUICE_OPTION_TYPE", /db of upkeep/, { db: "sqlite", limits }],
    ["SLUICE_OPTION_TYPE", /feedAccess of upkeep.*an hour.*got 30/, { db, limits, retention: { feedAccess: 30 } }],
    ["SLUICE_OPTION_TYPE", /audit of upkeep/, { db, limits, retention: { audit: 1.5 * hourMs + 0.5 } }],
    ["SLUICE_OPTION_UNKNOWN", /retention.*"users"/, { db, limits, retention: { users: dayMs } }],
    ["SLUICE_OPTION_TYPE", /pseudonymiseAfterMs.*got -1/, { db, limits, pseudonymiseAfterMs: -1 }],
    ["SLUICE_OPTION_TYPE", /stepsPerRun/, { db, limits, stepsPerRun: 8 }],
    ["SLUICE_OPTION_UNKNOWN", /"retain"/, { db, limits, retain: {} }],
  ];
  it.each(wrong)("are checked: %s, %s", (code, text, options) => {
    let thrown: unknown;
    try {
      upkeep(options as UpkeepOptions);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: "ConfigError", code, message: expect.stringMatching(text) });
  });

  it("change how long rows and addresses are kept", async () => {
    const { sqlite, run, all, close } = prepared(undefined, {
      retention: { feedAccess: hourMs },
      pseudonymiseAfterMs: 0,
    });
    for (const at of [nowMs - hourMs, nowMs - hourMs + 1, nowMs, nowMs + 1]) {
      sqlite.exec(
        `insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision) values ('f', 'u', ${at}, '::1', '', 200, 'none')`,
      );
    }
    await run.run();
    expect(all("select is_pseudonym as p from sluice_feed_access order by at_ms")).toEqual([
      { p: 1 },
      { p: 1 },
      { p: 0 },
    ]);
    close();
  });
});
