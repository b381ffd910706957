import { perSecond } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { made } from "../../test/client-made.ts";
import { socketTime } from "../../test/socket-time.ts";
import { Arrivals } from "./arrivals.ts";

/** One request: takes its number, is sent and answered; returns when it could be sent at the earliest. */
function one(arrivals: Arrivals, sentMs: number, answeredMs: number, underWay = 1, units = 1): number {
  const number = arrivals.next(units, sentMs);
  const { earliestMs } = arrivals;
  const opens = arrivals.sent(number, units, sentMs, underWay);
  arrivals.answered(number, units, sentMs, answeredMs, opens);
  return earliestMs;
}

describe("arrivals", () => {
  it("of requests that open a connection are counted when they are answered, less what an answer needs at least", () => {
    const arrivals = new Arrivals(2, 1_000);
    expect(one(arrivals, 0, 200, 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(one(arrivals, 0, 300, 2)).toBe(Number.NEGATIVE_INFINITY);
    // The first two have arrived by 200 and 300.
    expect(one(arrivals, 1_200, 1_205, 1)).toBe(1_200);
    expect(one(arrivals, 1_300, 1_302, 2)).toBe(1_300);
    // Connections are open: the next ones are counted when they are sent. One more opens another, whose answer needs 2 ms at least.
    expect(one(arrivals, 2_200, 2_210, 3)).toBe(2_200);
    expect(one(arrivals, 2_300, 2_310, 1)).toBe(2_300);
    expect(one(arrivals, 3_208, 3_210, 1)).toBe(3_208);
  });

  it("of requests after a rest open connections again", () => {
    const arrivals = new Arrivals(1, 1_000);
    one(arrivals, 0, 200);
    one(arrivals, 2_000, 2_004);
    expect(one(arrivals, 20_000, 20_300)).toBe(3_000);
    expect(one(arrivals, 21_500, 21_504)).toBe(21_296);
  });

  it("are waited for by those behind in their order, and each unit is one", () => {
    const arrivals = new Arrivals(4, 1_000);
    one(arrivals, 0, 400, 1, 3);
    one(arrivals, 100, 150, 2);
    expect(one(arrivals, 1_400, 1_400)).toBe(1_400);
    expect(one(arrivals, 1_400, 1_400, 1, 2)).toBe(1_400);
    expect(one(arrivals, 1_400, 1_400)).toBe(1_400);
  });

  it("are not waited for longer than connections take to open, nor by a clock that was set back", () => {
    const slow = new Arrivals(1, 1_000);
    one(slow, 0, 20_000);
    expect(one(slow, 20_000, 20_000)).toBe(2_000);
    const back = new Arrivals(1, 1_000);
    one(back, 3_600_000, 3_600_001);
    expect(one(back, 5_000, 5_001)).toBe(Number.NEGATIVE_INFINITY);
    expect(one(back, 6_100, 6_101)).toBe(6_000);
  });

  it("are the latest of those who share a unit", () => {
    const arrivals = new Arrivals(2, 1_000);
    one(arrivals, 0, 400, 1, 0.5);
    one(arrivals, 100, 101, 1, 0.5);
    one(arrivals, 100, 101, 1, 1);
    expect(one(arrivals, 1_400, 1_400, 1, 1.5)).toBe(1_400);
  });

  it("are told right again after a clock that was set back while a request was under way", () => {
    const arrivals = new Arrivals(1, 1_000);
    one(arrivals, 3_600_000, 3_600_001, 1);
    one(arrivals, 3_602_000, 2_000, 1);
    // Another connection is opened, and no answer was quicker than at once.
    one(arrivals, 12_000, 12_300, 2);
    expect(one(arrivals, 13_300, 13_300, 1)).toBe(13_300);
    // After a rest, too.
    one(arrivals, 40_000, 40_300, 1);
    expect(one(arrivals, 41_400, 41_400, 1)).toBe(41_300);
  });

  it("are not looked at where a window is no slots', or so full that its edge is none", () => {
    for (const arrivals of [new Arrivals(1, Number.POSITIVE_INFINITY), new Arrivals(10_001, 1_000)]) {
      for (let i = 0; i < 3; i++) expect(one(arrivals, i, 500)).toBe(Number.NEGATIVE_INFINITY);
    }
  });

  it("that are late keep a window clean that begins when they come", async () => {
    let first = 5;
    const time = socketTime();
    const { client, upstream } = await made(
      {
        rate: perSecond(5),
        time,
        // Connecting takes 300 ms at first, as it does elsewhere.
        async fetch(input, init) {
          if (first-- > 0) await time.sleep(300);
          return time.fetch(input, init);
        },
      },
      { time, limits: [{ limit: 5, windowMs: 1_000 }] },
    );
    const calls = Promise.all(Array.from({ length: 20 }, () => client("/").then(({ status }) => status)));
    expect(await time.until(calls)).toEqual(Array(20).fill(200));
    expect(upstream.counts()).toMatchObject({ accepted: 20, refused: 0 });
  });
});
