/** Fills a test's database as that of a product that has been used for a while: a million reads, a hundred thousand users. */

import type { DatabaseSync } from "node:sqlite";

export interface ManyRows {
  /** The instant of the newest read, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Over how long the reads are spread, evenly. */
  readonly days?: number;
  readonly reads?: number;
  readonly users?: number;
  readonly feeds?: number;
}

/** Of every eleven reads one is denied, of 5,003 one was let pass by a failing backend. */
const decision = "case when i % 11 = 0 then 'denied' when i % 5003 = 0 then 'open' else 'allowed' end";

/** Adds up by minute what is in the log, as the recorder does with what it writes; for reads that a test puts there itself. */
export function addUpReads(sqlite: DatabaseSync): void {
  sqlite.exec(`
    delete from sluice_feed_minutes;
    insert into sluice_feed_minutes
      select at_ms / 60000 * 60000, decision, count(*) from sluice_feed_access group by 1, 2;
  `);
}

/**
 * Adds users `user-0`…, feeds `feed-0`… (feed n is owned by user n · 97) and reads, of which those older than a day have
 * pseudonyms. One statement a table; the log's indices are made afterwards, each sorted in
 * memory at once, which takes a fraction of the time.
 */
export function fillManyRows(
  sqlite: DatabaseSync,
  { nowMs, days = 30, reads = 1_000_000, users = 100_000, feeds = 1_000 }: ManyRows,
): void {
  const indices = sqlite
    .prepare(
      "select name, sql from sqlite_master where type = 'index' and tbl_name = 'sluice_feed_access' and sql > ''",
    )
    .all() as { name: string; sql: string }[];
  const cache = sqlite.prepare("pragma cache_size").get()?.["cache_size"];
  const stepMs = Math.floor((days * 86_400_000) / reads);
  const oldest = nowMs - (reads - 1) * stepMs;
  const plain = reads - Math.floor(86_400_000 / stepMs);
  const upTo = (count: number) =>
    `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count} - 1)`;
  sqlite.exec(`
    pragma synchronous = off; pragma cache_size = -400000; pragma temp_store = memory;
    ${indices.map(({ name }) => `drop index ${name};`).join(" ")}
    begin;
    insert into users (id, username, plan) ${upTo(users)}
      select 'user-' || i, 'name-' || i, case when i % 50 = 0 then 'enterprise' when i % 5 = 0 then 'pro' else 'free' end from n;
    insert into feeds (id, title, owner_id) ${upTo(feeds)}
      select 'feed-' || i, 'Feed ' || i, 'user-' || (i * 97 % ${users}) from n;
    insert into sluice_feed_access (feed_id, owner_id, at_ms, address, is_pseudonym, user_agent, status, decision) ${upTo(reads)}
      select 'feed-' || (i * 7919 % ${feeds}), 'user-' || (i * 7919 % ${feeds} * 97 % ${users}), ${oldest} + i * ${stepMs},
        case when i < ${plain} then printf('anon-%016x', i * 7919 % 20011) else '2001:db8:' || (i * 7919 % 20011) || '::1' end,
        i < ${plain}, 'Reader/' || (i * 13 % 211) || '.0 (feeds; +https://reader.example)',
        case when i % 11 = 0 then 429 else 200 end, ${decision} from n;
    commit;
    ${indices.map(({ sql }) => `${sql};`).join(" ")}
    pragma cache_size = ${cache};
  `);
  addUpReads(sqlite);
}
