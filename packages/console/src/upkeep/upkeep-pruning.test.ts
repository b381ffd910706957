import { describe, expect, it } from "vitest";
import { dayMs, limits, nowMs, openedAtNoon } from "../../test/upkeep.ts";
import { upkeep } from "./upkeep.ts";

/** Rows by table, each of an instant, in the shape of their tables. */
const rowOf: Readonly<Record<string, (atMs: number) => string>> = {
  sluice_feed_access: (at) =>
    `(feed_id, owner_id, at_ms, address, user_agent, status, decision) values ('f', 'u', ${at}, '192.0.2.1', '', 200, 'allowed')`,
  sluice_decision_minutes: (at) => `values (${at}, 'api', 'free', 'allowed', 1)`,
  sluice_key_counts: (at) => `values (${at}, 'api', 'free', 1, 1, 100)`,
  sluice_denied_keys: (at) => `values (${at}, 'api', 'api:u', 0, 1, ${at})`,
  sluice_user_denials: (at) => `(user_id, at_ms, limiter, limit_units, times) values ('u', ${at}, 'api', 60, 1)`,
  sluice_outbound_minutes: (at) => `values (${at}, 'api', 'grok', 1, 1, 0, 0, 0, 1, 5, 0, 0)`,
  sluice_audit_log: (at) => `(at_ms, who, action, subject) values (${at}, 'a', 'plan.update', 'free')`,
};

const keptMs: Readonly<Record<string, number>> = {
  sluice_feed_access: 30 * dayMs,
  sluice_decision_minutes: 14 * dayMs,
  sluice_key_counts: 2 * dayMs,
  sluice_denied_keys: 2 * dayMs,
  sluice_user_denials: 30 * dayMs,
  sluice_outbound_minutes: 14 * dayMs,
  sluice_audit_log: 400 * dayMs,
};

const timeOf = (table: string): string =>
  /minutes|counts/.test(table) ? "minute_ms" : table === "sluice_denied_keys" ? "hour_ms" : "at_ms";

describe("pruning", () => {
  it.each(Object.entries(keptMs))("keeps %s for %d ms, not a millisecond longer", async (table, ageMs) => {
    const { sqlite, run, all } = openedAtNoon();
    const edge = nowMs - ageMs;
    for (const at of [edge - dayMs, edge - 1, edge, edge + 1, nowMs])
      sqlite.exec(`insert into ${table} ${rowOf[table]?.(at)}`);
    const { pruned, isDone } = await run.run();
    expect(all(`select ${timeOf(table)} as at from ${table} order by 1`)).toEqual([{ at: edge + 1 }, { at: nowMs }]);
    expect([Object.values(pruned).filter((rows) => rows > 0), isDone]).toEqual([[3], true]);
  });

  it("takes the sums of reads along with the log", async () => {
    const { sqlite, run, all } = openedAtNoon();
    const edge = nowMs - 30 * dayMs;
    for (const at of [edge - 60_000, edge, edge + 60_000])
      sqlite.exec(`insert into sluice_feed_minutes values (${at}, 'allowed', 1), (${at}, 'denied', 1)`);
    await run.run();
    expect(all("select minute_ms as at from sluice_feed_minutes")).toEqual([
      { at: edge + 60_000 },
      { at: edge + 60_000 },
    ]);
  });

  it("takes at most 500 rows with a statement, by an index, and each table its turn", async () => {
    const { sqlite, run, statements, all } = openedAtNoon();
    const fill = (table: string, from: number, rows: number) => {
      for (let i = 0; i < rows; i++) sqlite.exec(`insert into ${table} ${rowOf[table]?.(from + i)}`);
    };
    sqlite.exec("begin");
    for (const table of Object.keys(keptMs)) fill(table, 1_000, 1_201);
    sqlite.exec("commit");
    // Every statement is written down before it runs, so that the next one finds what it changed.
    const totals: number[] = [];
    const total = sqlite.prepare("select total_changes() as n");
    statements.push = (...texts) => {
      totals.push(Number(total.get()?.["n"]));
      return Array.prototype.push.apply(statements, texts);
    };
    const { pruned } = await run.run();
    const changes = totals.slice(1).map((after, i) => after - (totals[i] ?? 0));
    expect(Object.values(pruned)).toEqual(Array.from(Object.keys(keptMs), () => 1_201));
    expect(Math.max(...changes)).toBe(500);
    for (const table of Object.keys(keptMs)) expect(all(`select count(*) as n from ${table}`)).toEqual([{ n: 0 }]);
    const order = statements.filter((one) => one.startsWith("delete")).map((one) => /"(sluice_\w+)"/.exec(one)?.[1]);
    expect(new Set(order.slice(0, 7)).size).toBe(7);
    for (const statement of statements.filter((one) => /^delete|^update|^select/.test(one))) {
      const plan = sqlite
        .prepare(`explain query plan ${statement}`)
        .all(...Array.from(statement.matchAll(/\?/g), () => null));
      const steps = plan.map(({ detail }) => String(detail));
      expect(
        steps.filter((step) => /^SCAN (?!given)/.test(step)),
        statement,
      ).toEqual([]);
      // What has a pseudonym already is not looked at again.
      if (/^select "id", "address"/.test(statement))
        expect(steps[0]).toContain("INDEX sluice_feed_access_plain (at_ms<?)");
    }
    expect(statements.filter((one) => /^select "id", "address"/.test(one)).length).toBeGreaterThan(0);
    expect((await run.run()).isDone).toBe(true);
  });

  it("stops after the step under way, or when its steps are used up, and goes on the next time", async () => {
    const { sqlite, run, db, all } = openedAtNoon();
    sqlite.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
      insert into sluice_audit_log (at_ms, who, action, subject) select i, 'a', 'b', 'c' from n`);
    const ended = await run.run(AbortSignal.abort());
    expect([ended.isDone, ended.pruned.audit]).toEqual([false, 0]);
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), 5);
    const interrupted = await run.run(aborting.signal);
    expect([interrupted.isDone, interrupted.pruned.audit]).toEqual([false, 500]);
    const short = await upkeep({ db, limits, now: () => nowMs, stepsPerRun: 10 }).run();
    expect([short.isDone, short.pruned.audit]).toEqual([false, 1_000]);
    const rest = await run.run();
    expect([rest.isDone, rest.pruned.audit]).toEqual([true, 500]);
    expect(all("select count(*) as n from sluice_audit_log")).toEqual([{ n: 0 }]);
  });

  it("keeps what was done before the database failed", async () => {
    const { sqlite, run, failWith, all } = openedAtNoon();
    sqlite.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
      insert into sluice_audit_log (at_ms, who, action, subject) select i, 'a', 'b', 'c' from n`);
    setTimeout(() => failWith(new Error("database is locked")), 5);
    await expect(run.run()).rejects.toThrow(/locked|Failed query/);
    failWith(undefined);
    expect(all("select count(*) as n from sluice_audit_log")).toEqual([{ n: 500 }]);
    expect((await run.run()).pruned.audit).toBe(500);
  });
});
