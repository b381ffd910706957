import { describe, expect, it } from "vitest";
import { at, start, stopAfterEach } from "./upstream-fixture.ts";

stopAfterEach();

describe("limits of an upstream", () => {
  it("slide", async () => {
    const { time, statuses, upstream } = await at({ limits: [{ limit: 2, windowMs: 1_000 }] });
    expect(await statuses(1)).toEqual([200]);
    time.ahead(600);
    expect(await statuses(2)).toEqual([200, 429]);
    time.ahead(399);
    expect(await statuses(1)).toEqual([429]);
    time.ahead(1);
    expect(await statuses(2)).toEqual([200, 429]);
    expect(upstream.counts()).toEqual({ requests: 6, accepted: 3, refused: 3, banned: 0, faults: 0, bans: 0 });
    expect(upstream.acceptedAt()).toEqual([start, start + 600, start + 1_000]);
    expect(upstream.requestedAt()).toHaveLength(6);
    expect([1, 400, 401, 1_000, 1_001].map((ms) => upstream.mostWithin(ms))).toEqual([1, 1, 2, 2, 3]);
    expect(upstream.mostWithin(1, "requested")).toBe(2);
  });

  it("begin anew at multiples of their length, where they are fixed", async () => {
    const { time, statuses } = await at({ limits: [{ limit: 2, windowMs: 1_000, shape: "fixed" }] });
    time.ahead(900);
    expect(await statuses(3)).toEqual([200, 200, 429]);
    time.ahead(100);
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it("take a request all at once, or none of them does", async () => {
    const second = { limit: 2, windowMs: 1_000 };
    const { time, statuses } = await at({ limits: [second, { limit: 3, windowMs: 10_000 }] });
    expect(await statuses(3)).toEqual([200, 200, 429]);
    time.ahead(1_000);
    expect(await statuses(4)).toEqual([200, 429, 429, 429]);
    time.ahead(9_000);
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it("can be changed, and know what came before", async () => {
    const { statuses, time, upstream } = await at({ limits: [{ limit: 5, windowMs: 1_000 }] });
    expect(await statuses(3)).toEqual([200, 200, 200]);
    upstream.change({ limits: [{ limit: 3, windowMs: 1_000 }], refusal: 403 });
    expect(await statuses(1)).toEqual([403]);
    upstream.reset();
    expect(await statuses(4)).toEqual([200, 200, 200, 403]);
    time.ahead(1_000);
    upstream.change({ limits: [] });
    expect(await statuses(5)).toEqual([200, 200, 200, 200, 200]);
  });

  it("are shared with somebody else", async () => {
    const { statuses, time, upstream } = await at({ limits: [{ limit: 5, windowMs: 1_000 }], foreignPerSecond: 3 });
    expect([upstream.foreign(6), upstream.foreign(4)]).toEqual([false, true]);
    expect(await statuses(2)).toEqual([200, 429]);
    // He takes his first after 333 ms, where none is left, and three of the five in each second that begins later.
    time.ahead(1_900);
    expect(await statuses(3)).toEqual([200, 200, 429]);
    upstream.change({ foreignPerSecond: undefined });
    time.ahead(1_000);
    expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 429]);
  });
});

describe("somebody else, each second", () => {
  it("has taken what he took before he ceased", async () => {
    const { statuses, time, upstream } = await at({ limits: [{ limit: 5, windowMs: 10_000 }], foreignPerSecond: 3 });
    time.ahead(1_000);
    upstream.change({ foreignPerSecond: undefined });
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it("takes nothing while the upstream punishes", async () => {
    const limits = [{ limit: 3, windowMs: 60_000 }];
    const { ask, statuses, time, upstream } = await at({ limits, penaltyMs: 10_000, foreignPerSecond: 1 });
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
    upstream.change({ limits: [{ limit: 100, windowMs: 60_000 }], tells: ["draft-6"] });
    time.ahead(11_500);
    // At 10 and 11 s he was let in again.
    expect((await ask()).headers.get("ratelimit-remaining")).toBe(`${100 - 4 - 2}`);
  });
});

describe("an upstream that punishes", () => {
  it("refuses for as long again, each time that it is asked while it refuses", async () => {
    const { statuses, time, upstream } = await at({ limits: [{ limit: 1, windowMs: 1_000 }], penaltyMs: 5_000 });
    expect(await statuses(2)).toEqual([200, 429]);
    time.ahead(4_999);
    expect(upstream.foreign()).toBe(false);
    expect(await statuses(1)).toEqual([429]);
    time.ahead(4_999);
    expect(await statuses(1)).toEqual([429]);
    time.ahead(5_000);
    expect(await statuses(1)).toEqual([200]);
  });

  it("bans after so many refusals in so long", async () => {
    const ban = { after: 3, withinMs: 1_000, forMs: 60_000 };
    const { ask, statuses, time, upstream } = await at({ limits: [{ limit: 0, windowMs: 1_000 }], ban });
    expect(await statuses(2)).toEqual([429, 429]);
    time.ahead(1_000);
    expect(await statuses(4)).toEqual([429, 429, 429, 403]);
    time.ahead(59_000);
    expect((await ask()).headers.get("retry-after")).toBe("1");
    time.ahead(1_000);
    expect(await statuses(1)).toEqual([429]);
    expect(upstream.counts()).toMatchObject({ refused: 6, banned: 2, bans: 1 });
  });

  it("counts anew after a ban", async () => {
    const ban = { after: 2, withinMs: 3_600_000, forMs: 1_000 };
    const { statuses, time } = await at({ limits: [{ limit: 0, windowMs: 1_000 }], ban });
    expect(await statuses(3)).toEqual([429, 429, 403]);
    time.ahead(1_000);
    expect(await statuses(3)).toEqual([429, 429, 403]);
  });

  it("gives nothing away when its clock steps back", async () => {
    const { statuses, time } = await at({ limits: [{ limit: 2, windowMs: 1_000 }] });
    expect(await statuses(1)).toEqual([200]);
    time.ahead(-500);
    expect(await statuses(1)).toEqual([200]);
    time.ahead(1_000);
    expect(await statuses(1)).toEqual([429]);
  });

  it("sends refusals as long as they are to be", async () => {
    const { upstream } = await at({ limits: [{ limit: 0, windowMs: 1_000 }], refusalBytes: 5_000_000 });
    const refused = await fetch(upstream.url);
    expect(upstream.connections()).toEqual({ open: 1, busy: 1 });
    expect(JSON.parse(await refused.text())).toEqual({ error: "too many requests" });
  });
});
