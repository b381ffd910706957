/** The book follows the table: plans come, change and go, and the default stays. */

import { describe, expect, it } from "vitest";
import { book as code, free, limits, pro, start } from "../../test/administered.ts";
import type { PlanRecord } from "../records/plans.ts";
import { liveBook } from "./live-book.ts";
import { columnsOf } from "./plan-row.ts";

const row = (id: string, draft = free): PlanRecord => ({ ...columnsOf(id, draft, start, start), version: 1 });
const setUp = () => liveBook(limits, { book: code, plan: "free" });

describe("a live book", () => {
  it("begins as the code has it, is then as the table has it, and of what is gone it keeps the default alone", () => {
    const live = setUp();
    const { book } = live;
    expect({ ...book }).toEqual(code);
    live.take([row("gold", pro), row("constructor")]);
    expect(Object.keys(book).sort()).toEqual(["constructor", "free", "gold"]);
    expect(book["free"]).toBe(code.free);
    expect(book["gold"]?.["export"]).toBe("unlimited");
    live.take([row("free", pro)]);
    expect(Object.keys(book)).toEqual(["free"]);
    expect(book["free"]?.["api"]).toMatchObject({ limit: 180 });
    live.take([]);
    expect({ ...book }).toEqual(code);
  });

  it("takes a limit that no row names yet from the code: from the plan of that name, or else the default", () => {
    const live = setUp();
    live.take([
      { ...row("pro", pro), moreLimits: {} },
      { ...row("gold", pro), moreLimits: { other: 5 } },
    ]);
    expect(live.book["pro"]?.["export"]).toMatchObject({ limit: 10 });
    expect(live.book["gold"]?.["export"]).toMatchObject({ limit: 1 });
  });

  it.each([1.5, 1e16, -1, "abc" as unknown as number])(
    "of a row with %s units takes the rest, and says so",
    (units) => {
      const live = setUp();
      const amiss = live.take([{ ...row("pro", pro), apiPerMinute: units }, row("gold")]);
      expect(amiss.map(({ code, message }) => [code, message])).toEqual([
        ["SLUICE_PLAN_LIMIT", expect.stringMatching(/"pro" cannot have .* units of api; 180 serves instead/)],
      ]);
      expect(live.book["pro"]?.["api"]).toMatchObject({ limit: 180 });
      expect(live.book["pro"]?.["publicFeed"]).toMatchObject({ limit: 167 });
      expect(live.book["gold"]?.["api"]).toMatchObject({ limit: 60 });
    },
  );
});
