import { describe, expect, it } from "vitest";
import { feedDirectory, testDatabase, userDirectory } from "../../test/database.ts";
import { fillManyRows } from "../../test/many-rows.ts";
import type { FeedAccessRow } from "./feeds-admin.ts";
import { feedsAdmin } from "./make-feeds-admin.ts";
import { csvOf, csvRows } from "./make-feeds-admin-csv.ts";

const nowMs = Date.UTC(2026, 10, 22);

const row: FeedAccessRow = {
  id: 7,
  atMs: nowMs,
  feedId: "f1",
  ownerId: "u1",
  address: "2001:db8::1",
  isPseudonym: false,
  userAgent: "Reader/1.0",
  status: 200,
  decision: "allowed",
};

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();
const nothing = async (): Promise<readonly FeedAccessRow[]> => [];

/** Cells as RFC 4180 says: records end in CRLF, a quote within quotes is doubled. */
function parsed(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (found === null) throw new Error(`no cell at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === ",") continue;
    records.push(cells);
    cells = [];
  }
  return records;
}

describe("the log as a file", () => {
  it("has a line of names, and a cell for everything that is known", async () => {
    const known = { ...row, feedTitle: "One", ownerName: "ada", isPseudonym: true };
    expect(parsed(await textOf(csvOf([row, known], nothing)))).toEqual([
      [
        "id",
        "time",
        "feed id",
        "feed",
        "owner id",
        "owner",
        "address",
        "pseudonym",
        "user agent",
        "status",
        "decision",
      ],
      ["7", "2026-11-22T00:00:00.000Z", "f1", "", "u1", "", "2001:db8::1", "no", "Reader/1.0", "200", "allowed"],
      ["7", "2026-11-22T00:00:00.000Z", "f1", "One", "u1", "ada", "2001:db8::1", "yes", "Reader/1.0", "200", "allowed"],
    ]);
    expect(parsed(await textOf(csvOf([], nothing)))).toHaveLength(1);
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x", '=HYPERLINK("http://a.example","b")', "＝1"])(
    "tells no spreadsheet to reckon: %j",
    async (userAgent) => {
      const [, cells] = parsed(await textOf(csvOf([{ ...row, userAgent, feedTitle: userAgent }], nothing)));
      expect([cells?.[8], cells?.[3]]).toEqual([`'${userAgent}`, `'${userAgent}`]);
    },
  );

  it.each(["a,b", 'say "no"', "two\r\nlines", "a=b", "", '"', "a\nb"])("keeps %j in its cell", async (userAgent) => {
    const [, cells] = parsed(await textOf(csvOf([{ ...row, userAgent }], nothing)));
    expect(cells?.[8]).toBe(userAgent);
  });

  it("has 100,000 rows at most", async () => {
    const part = Array.from({ length: csvRows }, () => row);
    const text = await textOf(csvOf(part, async () => part));
    expect(text.match(/\r\n/g)).toHaveLength(1 + 100_000);
  });

  it("is read a thousand rows at a time, no sooner than they are wanted, each row once", async () => {
    const test = testDatabase();
    fillManyRows(test.sqlite, { nowMs, reads: 2_500, users: 100, feeds: 10 });
    const admin = feedsAdmin({ db: test.db, users: userDirectory, feeds: feedDirectory, now: () => nowMs });
    test.statements.length = 0;
    const stream = await admin.csv({});
    expect(test.statements).toHaveLength(1);
    const [, ...records] = parsed(await textOf(stream));
    expect(records.map(([id]) => Number(id))).toEqual(Array.from({ length: 2_500 }, (_, i) => 2_500 - i));
    expect(test.statements).toHaveLength(3);
    const few = parsed(await textOf(await admin.csv({ feed: "feed-3", decision: "denied" })));
    const counted = test.sqlite.prepare(
      "select count(*) as n from sluice_feed_access where feed_id = 'feed-3' and decision = 'denied'",
    );
    expect(few.length - 1).toBe(counted.get()?.["n"]);
    test.close();
  });

  it("breaks off where the database fails on the way, and asks no more when nobody reads on", async () => {
    const full = Array.from({ length: csvRows }, (_, i) => ({ ...row, id: csvRows - i }));
    await expect(textOf(csvOf(full, () => Promise.reject(new Error("locked"))))).rejects.toThrow("locked");
    let asked = 0;
    const stream = csvOf(full, async () => {
      asked++;
      return full;
    });
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    expect(asked).toBeLessThanOrEqual(1);
  });
});
