import { describe, expect, it } from "vitest";
import type { Tells, UpstreamOptions } from "./upstream.ts";
import { at, start, stopAfterEach } from "./upstream-fixture.ts";

stopAfterEach();

describe("what an upstream tells", () => {
  const limits = [
    { limit: 3, windowMs: 10_000 },
    { limit: 100, windowMs: 60_000 },
  ];
  const of = async (tells: Tells, more: UpstreamOptions = {}) => {
    const { ask, time } = await at({ limits, tells: [tells], ...more });
    const all: Record<string, string>[] = [];
    for (let i = 0; i < 4; i++) {
      const { headers } = await ask();
      all.push(Object.fromEntries([...headers].filter(([name]) => /limit|retry/.test(name))));
      time.ahead(1_250);
    }
    return [all[0], all[3]];
  };
  // The first request leaves at 10 s; the fourth comes at 3.75 s.
  const epoch = (ms: number) => `${Math.ceil((start + ms) / 1000)}`;
  const policies = { "ratelimit-policy": "3;w=10, 100;w=60" };
  const cases: readonly (readonly [Tells, object, object])[] = [
    ["nothing", {}, {}],
    ["retry-after", {}, { "retry-after": "7" }],
    ["retry-after-date", {}, { "retry-after": "Wed, 12 May 2027 09:30:10 GMT" }],
    [
      "draft-6",
      { ...policies, "ratelimit-limit": "3", "ratelimit-remaining": "2", "ratelimit-reset": "10" },
      { ...policies, "ratelimit-limit": "3", "ratelimit-remaining": "0", "ratelimit-reset": "7" },
    ],
    [
      "draft-7",
      { ...policies, ratelimit: "limit=3, remaining=2, reset=10" },
      { ...policies, ratelimit: "limit=3, remaining=0, reset=7" },
    ],
    [
      "draft-11",
      {
        "ratelimit-policy": '"limit-1";q=3;w=10, "limit-2";q=100;w=60',
        ratelimit: '"limit-1";r=2;t=10, "limit-2";r=99;t=60',
      },
      {
        "ratelimit-policy": '"limit-1";q=3;w=10, "limit-2";q=100;w=60',
        ratelimit: '"limit-1";r=0;t=7, "limit-2";r=97;t=57',
      },
    ],
    [
      "x-epoch",
      { "x-ratelimit-limit": "3", "x-ratelimit-remaining": "2", "x-ratelimit-reset": epoch(10_000) },
      { "x-ratelimit-limit": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": epoch(10_000) },
    ],
    [
      "x-delta",
      { "x-ratelimit-limit": "3", "x-ratelimit-remaining": "2", "x-ratelimit-reset": "10" },
      { "x-ratelimit-limit": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7" },
    ],
  ];
  it.each(cases)("%s is true", async (tells, first, fourth) => {
    expect(await of(tells)).toEqual([first, fourth]);
  });

  it("is Retry-After on refusals, if nothing else is said", async () => {
    const { ask } = await at({ limits: [{ limit: 0, windowMs: 2_000 }] });
    expect((await ask()).headers.get("retry-after")).toBe("2");
  });

  it("is by a Date that is off, and can be a lie", async () => {
    const skew = { dateSkewMs: 3_600_000 };
    const { ask } = await at({ ...skew, limits: [{ limit: 0, windowMs: 5_000 }], tells: ["retry-after-date"] });
    const { headers } = await ask();
    expect([headers.get("date"), headers.get("retry-after")]).toEqual([
      "Wed, 12 May 2027 10:30:00 GMT",
      "Wed, 12 May 2027 10:30:05 GMT",
    ]);
    const liar = await at({
      limits: [{ limit: 0, windowMs: 1_000 }],
      lies: (true_) => ({ ...true_, "retry-after": "-1" }),
    });
    expect((await liar.ask()).headers.get("retry-after")).toBe("-1");
  });

  it("is when one request fits, however many too many there were", async () => {
    const { ask, time, upstream } = await at({
      limits: [{ limit: 9, windowMs: 10_000 }],
      tells: ["retry-after", "draft-6"],
    });
    for (let i = 0; i < 4; i++) {
      await ask();
      time.ahead(1_000);
    }
    // Of those at 0, 1, 2 and 3 s all but one have to leave.
    upstream.change({ limits: [{ limit: 2, windowMs: 10_000 }] });
    const { headers } = await ask();
    expect([headers.get("retry-after"), headers.get("ratelimit-reset")]).toEqual(["8", "8"]);
    time.ahead(7_999);
    expect((await ask()).status).toBe(429);
    time.ahead(1);
    expect((await ask()).status).toBe(200);
  });

  it("counts a punishment in that is shorter than the exhaustion", async () => {
    const { ask } = await at({ limits: [{ limit: 0, windowMs: 10_000 }], penaltyMs: 2_000, tells: ["draft-11"] });
    expect((await ask()).headers.get("ratelimit")).toBe('"limit-1";r=0;t=10');
  });

  it("counts punishments in", async () => {
    const { ask, time } = await at({ limits, penaltyMs: 30_000, tells: ["retry-after", "draft-11"] });
    for (let i = 0; i < 4; i++) await ask();
    time.ahead(20_000);
    const { headers } = await ask();
    expect([headers.get("retry-after"), headers.get("ratelimit")]).toEqual([
      "30",
      '"limit-1";r=0;t=30, "limit-2";r=0;t=30',
    ]);
  });
});
