import type { Backend } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { cases, conformance, fakeClock, histories, type Suite, table } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { nothing, remote, yesOrNo } from "./right-backends.ts";

/** Runs everything that is claimed, and gives the messages of what failed. */
async function failuresOf({ entries }: Suite): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { skip, run } of entries) {
    if (skip === undefined) await run().catch((error: Error) => failed.push(error.message));
  }
  return failed;
}

describe("the suite", () => {
  it("is content with a backend that is remote and decides shard by shard", async () => {
    const clock = fakeClock();
    let sent = 0;
    const make = () => remote(clock, () => sent++);
    const suite = await conformance({ make, clock, trips: () => sent });
    expect(await failuresOf(suite)).toEqual([]);
    for (const { run } of await histories({ make, clock }, { seeds: [1, 2, 3] })) await run();
    expect(new Set(suite.tallies().flatMap(({ notClaimed }) => notClaimed.map(({ reason }) => reason)))).toEqual(
      new Set(["does not claim acrossShards"]),
    );
  });

  it("is content with a backend that knows yes and no, on a real clock", async () => {
    const suite = await conformance({ make: yesOrNo, algorithms: ["fixed-window"] });
    expect(await failuresOf(suite)).toEqual([]);
    const [tally] = suite.tallies();
    expect(tally?.passed).toBeGreaterThanOrEqual(12);
    expect(new Set(tally?.notClaimed.map(({ reason }) => reason))).toContain("its clock cannot be set");
  });

  it("is content with a backend that counts nothing and says so", async () => {
    const suite = await conformance({ make: nothing, algorithms: ["token-bucket"] });
    expect(await failuresOf(suite)).toEqual([]);
    const [tally] = suite.tallies();
    expect(tally?.passed).toBe(cases.filter(({ evenUncounted }) => evenUncounted).length);
    expect(new Set(tally?.notClaimed.map(({ reason }) => reason))).toEqual(new Set(["counts nothing"]));
  });

  it("tells what was expected, what came and which promise was broken", async () => {
    const lavish: Backend = { ...memory(), name: "lavish", consume: nothing().consume };
    const { entries } = await conformance({ make: () => lavish, algorithms: ["strict"] });
    const entry = entries.find(({ name }) => name === "strict: never admits more than the limit under concurrency");
    await expect(entry?.run()).rejects.toMatchObject({
      name: "ConformanceError",
      promise: 2,
      message:
        "lavish, strict: never admits more than the limit under concurrency: admitted of 40 at once on a limit of 5: got 40, expected 5 (promise 2)",
    });
  });

  it("checks every promise that a backend can show, in cases that differ by name", () => {
    const promises = new Set(cases.map(({ promise }) => promise));
    expect([...promises].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14]);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it("makes and closes a backend for each case", async () => {
    let [made, closed] = [0, 0];
    const clock = fakeClock();
    const make = () => {
      made++;
      return memory({ clock });
    };
    const { entries } = await conformance({ make, close: () => void closed++, clock, algorithms: ["calendar"] });
    await failuresOf({ backend: "", entries: entries.slice(0, 3), tallies: () => [] });
    expect([made, closed]).toEqual([4, 4]);
  });
});

describe("the table", () => {
  it("counts what passed, failed and was not claimed, and names the last", () => {
    const notClaimed = [{ name: "calendar: gives back", reason: "does not claim settle" }];
    expect(
      table([
        { backend: "memory", algorithm: "token-bucket", passed: 100, failed: 0, notClaimed: [] },
        { backend: "mine", algorithm: "calendar", passed: 7, failed: 2, notClaimed },
      ]),
    ).toBe(
      [
        "backend  algorithm     passed  failed  not claimed",
        "memory   token-bucket     100       0            0",
        "mine     calendar           7       2            1",
        "",
        "mine: does not claim settle",
        "  - gives back",
      ].join("\n"),
    );
  });
});
