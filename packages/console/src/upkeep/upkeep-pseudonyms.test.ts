import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { dayMs, hourMs, nowMs, openedAtNoon } from "../../test/upkeep.ts";

describe("pseudonyms", () => {
  const read = (address: string, atMs: number) =>
    `insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision) values ('f', 'u', ${atMs}, '${address}', 'Reader', 200, 'allowed')`;
  const reads = "select address, is_pseudonym as p from sluice_feed_access order by id";
  type Read = { address: string; p: number };

  it("replace addresses that are a day old: keyed hashes, the same for the same reader", async () => {
    const { sqlite, run, all } = openedAtNoon();
    const edge = nowMs - dayMs;
    for (const [address, at] of [
      ["192.0.2.1", edge],
      ["192.0.2.2", edge - 1],
      ["192.0.2.1", edge - hourMs],
      ["", edge],
      ["192.0.2.1", edge + 1],
    ] as const) {
      sqlite.exec(read(address, at));
    }
    expect((await run.run()).pseudonymised).toEqual({ feedAccess: 4, deniedKeys: 0 });
    const [{ secret }] = all<{ secret: string }>("select secret from sluice_keys") as [{ secret: string }];
    const name = (address: string) => `anon-${createHmac("sha256", secret).update(address).digest("hex").slice(0, 16)}`;
    const rows = all<Read>(reads);
    expect(rows).toEqual([
      { address: name("192.0.2.1"), p: 1 },
      { address: name("192.0.2.2"), p: 1 },
      { address: name("192.0.2.1"), p: 1 },
      { address: "", p: 1 },
      { address: "192.0.2.1", p: 0 },
    ]);
    expect((await run.run()).pseudonymised.feedAccess).toBe(0);
    expect(all(reads)).toEqual(rows);
  });

  it("of one reader are the same for 30 days and another afterwards, when nobody has the key any more", async () => {
    const { sqlite, run, all, at } = openedAtNoon();
    const names: string[] = [];
    for (const days of [0, 29, 30, 59, 60]) {
      at.nowMs = nowMs + days * dayMs;
      sqlite.exec(read("192.0.2.1", at.nowMs - dayMs));
      const { forgottenKeys } = await run.run();
      expect(forgottenKeys).toBe(days === 30 || days === 60 ? 1 : 0);
      names.push(all<Read>("select address from sluice_feed_access order by id desc limit 1")[0]?.address ?? "");
    }
    expect(names.map((name) => names.indexOf(name))).toEqual([0, 0, 2, 2, 4]);
    expect(all("select count(*) as n from sluice_keys")).toEqual([{ n: 1 }]);
  });

  it("replace denied keys of nobody's, and leave those of users", async () => {
    const { sqlite, run, all } = openedAtNoon();
    const hour = nowMs - dayMs - hourMs;
    const deny = (hourAt: number, limiter: string, key: string, lastAt: number) =>
      sqlite.exec(`insert into sluice_denied_keys values (${hourAt}, '${limiter}', '${key}', 0, 3, ${lastAt})`);
    deny(hour, "api", "api:u1", hour);
    deny(hour, "api", "login 192.0.2.9", hour);
    deny(hour, "ip", "ip:192.0.2.1", hour);
    deny(hour + hourMs, "ip", "ip:192.0.2.2", nowMs - dayMs + 1);
    expect((await run.run()).pseudonymised).toEqual({ feedAccess: 0, deniedKeys: 2 });
    const keys = () =>
      all<{ key: string; d: number; p: number }>(
        "select key, denials as d, is_pseudonym as p from sluice_denied_keys order by limiter, hour_ms, key",
      );
    const hidden = expect.stringMatching(/^anon-[0-9a-f]{16}$/);
    const address = expect.stringMatching(/^ip:anon-[0-9a-f]{16}$/);
    expect(keys()).toEqual([
      { key: hidden, d: 3, p: 1 },
      { key: "api:u1", d: 3, p: 0 },
      { key: address, d: 3, p: 1 },
      { key: "ip:192.0.2.2", d: 3, p: 0 },
    ]);
    // Written late by another process: what was denied of the same key in the same hour comes together.
    deny(hour, "ip", "ip:192.0.2.1", hour + 5);
    expect((await run.run()).pseudonymised.deniedKeys).toBe(1);
    expect(keys()[2]).toEqual({ key: address, d: 6, p: 1 });
    sqlite.exec(read("192.0.2.1", hour));
    await run.run();
    expect(`ip:${all<Read>(reads)[0]?.address}`).toBe(keys()[2]?.key);
  });

  it("go on past users' keys that fill a step, and where another run was interrupted", async () => {
    const { sqlite, run, all } = openedAtNoon();
    const hour = nowMs - dayMs - hourMs;
    sqlite.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 1600)
      insert into sluice_denied_keys select ${hour}, case when i <= 600 then 'api' else 'ip' end, case when i <= 600 then 'api:u' else 'ip:10.0.0.' end || i, 0, 1, ${hour} from n`);
    sqlite.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 1600)
      insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision)
      select 'f', 'u', ${hour} + i, '10.0.0.' || (i % 100), '', 200, 'allowed' from n`);
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), 5);
    const first = await run.run(aborting.signal);
    expect([first.isDone, first.pseudonymised.feedAccess]).toEqual([false, 500]);
    const second = await run.run();
    expect(second.pseudonymised.feedAccess).toBe(1_100);
    expect(first.pseudonymised.deniedKeys + second.pseudonymised.deniedKeys).toBe(1_000);
    expect(all("select count(*) as n from sluice_denied_keys where is_pseudonym = 0 and limiter = 'ip'")).toEqual([
      { n: 0 },
    ]);
    expect(all("select count(distinct address) as n, min(is_pseudonym) as p from sluice_feed_access")).toEqual([
      { n: 100, p: 1 },
    ]);
  });

  it("are the same from two processes at once, each row once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-upkeep-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "one.db");
    const [one, two] = [openedAtNoon(file), openedAtNoon(file)];
    const hour = nowMs - dayMs - hourMs;
    one.sqlite.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
      insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision)
      select 'f', 'u', ${hour} + i, '10.0.0.' || (i % 50), '', 200, 'allowed' from n`);
    one.sqlite.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
      insert into sluice_denied_keys select ${hour}, 'ip', 'ip:10.0.0.' || i, 0, 2, ${hour} from n`);
    const counts = await Promise.all([one.run.run(), two.run.run()]);
    const sum = (of: (count: (typeof counts)[number]) => number): number =>
      counts.reduce((all, count) => all + of(count), 0);
    expect(sum(({ pseudonymised }) => pseudonymised.feedAccess)).toBe(2_500);
    expect(sum(({ pseudonymised }) => pseudonymised.deniedKeys)).toBe(300);
    expect(one.all("select count(distinct address) as n, min(is_pseudonym) as p from sluice_feed_access")).toEqual([
      { n: 50, p: 1 },
    ]);
    expect(one.all("select count(*) as n, sum(denials) as d from sluice_denied_keys")).toEqual([{ n: 300, d: 600 }]);
  });
});
