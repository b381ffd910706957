import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { feedDirectory, type TestDatabase, testDatabase, userDirectory } from "../../test/database.ts";
import { addUpReads } from "../../test/many-rows.ts";
import { base64urlOf, textOf } from "../base64url.ts";
import { AdminError } from "./admin-error.ts";
import type { FeedAccessQuery, FeedsAdmin } from "./feeds-admin.ts";
import { feedsAdmin } from "./make-feeds-admin.ts";

const nowMs = Date.UTC(2026, 10, 22, 12, 30);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let test: TestDatabase;
let admin: FeedsAdmin;

interface Read {
  readonly feed: string;
  readonly owner: string;
  readonly atMs: number;
  readonly address: string;
  readonly agent: string;
  readonly decision: string;
}

const read = (given: Partial<Read>): Read => ({
  feed: "f1",
  owner: "u1",
  atMs: nowMs,
  address: "192.0.2.1",
  agent: "Reader",
  decision: "allowed",
  ...given,
});

const rows: readonly Read[] = [
  read({ atMs: nowMs - dayMs }),
  read({ atMs: nowMs - dayMs + 1, decision: "denied" }),
  read({ atMs: nowMs - 2 * hourMs, feed: "f2", decision: "denied" }),
  read({ atMs: nowMs - hourMs, feed: "f3", owner: "u2", agent: "Other" }),
  read({ atMs: nowMs - hourMs, address: "192.0.2.2", decision: "closed" }),
  read({ atMs: nowMs - 5, feed: "gone", owner: "lost", address: "192.0.2.2" }),
];

beforeAll(() => {
  test = testDatabase();
  test.sqlite.exec(`
    insert into users values ('u1', 'ada', 'free'), ('u2', 'bob', 'pro');
    insert into feeds values ('f1', 'One', 'u1'), ('f2', 'Two', 'u1'), ('f3', 'Three', 'u2'), ('f4', 'Unread', 'u1');
  `);
  const insert = test.sqlite.prepare(
    "insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision) values (?, ?, ?, ?, ?, ?, ?)",
  );
  for (const { feed, owner, atMs, address, agent, decision } of rows) {
    insert.run(feed, owner, atMs, address, agent, decision === "denied" ? 429 : 200, decision);
  }
  addUpReads(test.sqlite);
  admin = feedsAdmin({ db: test.db, users: userDirectory, feeds: feedDirectory, now: () => nowMs });
});

afterAll(() => test.close());

const refusal = (question: Promise<unknown>): Promise<unknown> =>
  question.then(
    () => undefined,
    (error: unknown) => error instanceof AdminError && { code: error.code, field: error.field, status: error.status },
  );

describe("the reads of feeds", () => {
  it("are counted over the last 24 hours, not a millisecond longer", async () => {
    expect(await admin.count24h({})).toEqual({ reads: 5, denied: 2 });
    expect(await admin.count24h({ feed: "f1" })).toEqual({ reads: 2, denied: 1 });
    expect(await admin.count24h({ feed: "nothing" })).toEqual({ reads: 0, denied: 0 });
  });

  it("are counted by the hours of the clock, the running one last", async () => {
    const hours = await admin.byHour({});
    const full = hours.filter((hour) => hour.reads > 0);
    expect(hours.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 24 }, (_, i) => nowMs - 30 * 60_000 - (23 - i) * hourMs),
    );
    expect(full).toEqual([
      { atMs: Date.UTC(2026, 10, 22, 10), reads: 1, denied: 1 },
      { atMs: Date.UTC(2026, 10, 22, 11), reads: 2, denied: 0 },
      { atMs: Date.UTC(2026, 10, 22, 12), reads: 1, denied: 0 },
    ]);
  });

  it("are listed with names, the newest first; of what is gone the id remains", async () => {
    const { items, next } = await admin.list({ limit: 2 });
    expect(items).toEqual([
      {
        id: 6,
        atMs: nowMs - 5,
        feedId: "gone",
        feedTitle: undefined,
        ownerId: "lost",
        ownerName: undefined,
        address: "192.0.2.2",
        isPseudonym: false,
        userAgent: "Reader",
        status: 200,
        decision: "allowed",
      },
      expect.objectContaining({ id: 5, feedTitle: "One", ownerName: "ada" }),
    ]);
    const second = await admin.list({ limit: 100, after: next });
    expect([second.items.map(({ id }) => id), second.next]).toEqual([[4, 3, 2, 1], undefined]);
    expect((await admin.list({ limit: 6 })).next).toBeUndefined();
    const last = (await admin.list({ limit: 5 })).next ?? "";
    expect(JSON.parse(textOf(last) ?? "")).toEqual({ atMs: nowMs - dayMs + 1, id: 2 });
  });

  it("are filtered by everything at once, as by each in turn", async () => {
    const any = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const filter = fc.record({
      feed: any("f1", "f2", "f3", "gone"),
      owner: any("u1", "u2", "lost"),
      decision: any("allowed", "denied", "closed"),
      addressOf: any(1, 5, 6),
      agentOf: any(1, 4),
    });
    await fc.assert(
      fc.asyncProperty(filter, async (query) => {
        const fits = (one: Read): boolean =>
          (query.feed ?? one.feed) === one.feed &&
          (query.owner ?? one.owner) === one.owner &&
          (query.decision ?? one.decision) === one.decision &&
          (query.addressOf === undefined || rows[query.addressOf - 1]?.address === one.address) &&
          (query.agentOf === undefined || rows[query.agentOf - 1]?.agent === one.agent);
        const ids = rows.flatMap((one, i) => (fits(one) ? [i + 1] : [])).reverse();
        expect((await admin.list({ ...query, limit: 100 })).items.map(({ id }) => id)).toEqual(ids);
        const young = rows.filter((one) => fits(one) && one.atMs > nowMs - dayMs);
        const counted = { reads: young.length, denied: young.filter(({ decision }) => decision === "denied").length };
        expect(await admin.count24h(query)).toEqual(counted);
      }),
      { numRuns: 60 },
    );
  });

  it("are refused by what makes no sense", async () => {
    const list = (query: Partial<FeedAccessQuery>) => refusal(admin.list({ limit: 50, ...query }));
    expect(await list({ addressOf: 999 })).toEqual({ code: "unknown", field: "addressOf", status: 404 });
    expect(await list({ agentOf: 999, addressOf: 1 })).toEqual({ code: "unknown", field: "agentOf", status: 404 });
    expect(await refusal(admin.count24h({ agentOf: Number.NaN }))).toMatchObject({ code: "unknown" });
    expect(await list({ decision: "xx" })).toEqual({ code: "invalid", field: "decision", status: 422 });
    for (const limit of [0, -1, 101, 1.5, Number.NaN]) {
      expect(await list({ limit })).toEqual({ code: "invalid", field: "limit", status: 422 });
      expect(await refusal(admin.topReaders(limit))).toMatchObject({ code: "invalid" });
    }
    const cursors = [
      "",
      ".",
      "1",
      "1.",
      ".1",
      "1.1.1",
      "-1.1",
      "A.1",
      "01.1",
      "1.1 ",
      "1.1'; drop table users",
      "zzzzzzzzzzz.1",
      "1".repeat(99),
      ...[
        {},
        { atMs: 1 },
        { atMs: -1, id: 1 },
        { atMs: 1.5, id: 1 },
        { atMs: 1, id: 0 },
        { atMs: 1, id: 1, row: 1 },
      ].map((place) => base64urlOf(JSON.stringify(place))),
    ];
    for (const after of cursors) {
      expect(await list({ after }), after).toEqual({ code: "invalid", field: "after", status: 422 });
    }
  });

  it("say that the database is away", async () => {
    const questions = [
      () => admin.count24h({}),
      () => admin.byHour({}),
      () => admin.list({ limit: 1 }),
      () => admin.topReaders(1),
      () => admin.topFeeds(1),
      () => admin.feedsOf("u1"),
      () => admin.csv({}),
    ];
    test.failWith(new Error("database is locked"));
    const answers = await Promise.all(questions.map((ask) => refusal(ask())));
    test.failWith(undefined);
    expect(answers).toEqual(questions.map(() => ({ code: "unavailable", field: undefined, status: 503 })));
  });
});

describe("the most read", () => {
  it("tell who reads most, by a row that stands for the reader", async () => {
    expect(await admin.topReaders(10)).toEqual([
      { row: 4, address: "192.0.2.1", isPseudonym: false, reads: 3, denied: 2 },
      { row: 6, address: "192.0.2.2", isPseudonym: false, reads: 2, denied: 0 },
    ]);
    expect(await admin.topReaders(1)).toHaveLength(1);
  });

  it("tell which feeds, and of an owner all that there are", async () => {
    expect(await admin.topFeeds(2)).toEqual([
      { feedId: "f1", title: "One", reads: 2, denied: 1 },
      { feedId: "f2", title: "Two", reads: 1, denied: 1 },
    ]);
    expect(await admin.feedsOf("u1")).toEqual([
      { feedId: "f1", title: "One", reads: 2, denied: 1 },
      { feedId: "f2", title: "Two", reads: 1, denied: 1 },
      { feedId: "f4", title: "Unread", reads: 0, denied: 0 },
    ]);
    expect(await admin.feedsOf("lost")).toEqual([{ feedId: "gone", title: undefined, reads: 1, denied: 0 }]);
    expect(await admin.feedsOf("nobody")).toEqual([]);
  });
});
