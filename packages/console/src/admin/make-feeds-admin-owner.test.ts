/** Whose feeds: an owner is named by their id or, where nobody has it, by their name; found by indexes. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { feedDirectory, type TestDatabase, testDatabase, userDirectory } from "../../test/database.ts";
import { feedsAdmin } from "./make-feeds-admin.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
let database: TestDatabase;

beforeEach(() => {
  database = testDatabase();
  database.sqlite.exec(`
    insert into users values ('u1', 'ada', 'free'), ('u2', 'bob', 'free'), ('ada', 'impostor', 'free');
    insert into feeds values ('f1', 'One', 'u1'), ('f2', 'Two', 'u2'), ('f3', 'Three', 'ada');
    insert into sluice_feed_access (feed_id, owner_id, at_ms, address, is_pseudonym, user_agent, status, decision)
      select column1, column2, ${nowMs - 1_000}, '192.0.2.1', 0, 'Reader', 200, 'allowed'
      from (values ('f1', 'u1'), ('f2', 'u2'), ('f2', 'u2'), ('f3', 'ada'));
  `);
});
afterEach(() => database.close());

it.each([
  ["u2", ["f2", "f2"]],
  ["bob", ["f2", "f2"]],
  ["impostor", ["f3"]],
  // An id, before it is somebody's name.
  ["ada", ["f3"]],
  ["bo", []],
  ["' or 1 = 1 --", []],
])("by %s", async (owner, expected) => {
  const admin = feedsAdmin({ db: database.db, users: userDirectory, feeds: feedDirectory, now: () => nowMs });
  expect((await admin.list({ owner, limit: 50 })).items.map(({ feedId }) => feedId)).toEqual(expected);
  expect((await admin.count24h({ owner })).reads).toBe(expected.length);
});
