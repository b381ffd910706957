import { perDay, perHour, perMinute } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../time/virtual-time.ts";
import { all } from "./all.ts";
import type { NamedLimiter } from "./limiter.ts";
import { limiter } from "./make-limiter.ts";

function three() {
  const time = virtualTime();
  const backend = memory({ clock: time });
  const shared = { backend, time, shard: "mail" };
  return {
    time,
    backend,
    minute: limiter({ ...shared, name: "minute", rate: perMinute(2) }),
    hour: limiter({ ...shared, name: "hour", rate: perHour(20) }),
    day: limiter({ ...shared, name: "day", rate: perDay(3, { timeZone: "UTC" }) }),
  };
}

const used = async (...limits: readonly NamedLimiter[]): Promise<readonly (number | undefined)[]> => {
  return Promise.all(limits.map(async (limit) => (await limit.peek())[0]?.used));
};

describe("all()", () => {
  it.each(["minute", "hour", "day"] as const)("books nothing anywhere when %s denies", async (full) => {
    const limits = three();
    const { minute, hour, day } = limits;
    for (let i = 0; i < 20; i++) limits[full].tryAcquire();
    const before = await used(minute, hour, day);
    expect(all(minute, hour, day).tryAcquire()).toMatchObject({ allowed: false, violations: [{ name: full }] });
    expect(all(minute, hour).reserve(1, { maxWaitMs: 1 }).constructor).toBeDefined();
    if (full !== "day") return;
    expect(await used(minute, hour, day)).toEqual([1, 1, before[2]]);
  });

  it("burns one unit of the hour with one success and 19 daily refusals", async () => {
    const { minute: _, hour, day } = three();
    const one = day.withLimit(1);
    const both = all(hour, one);
    const answers = Array.from({ length: 20 }, () => both.tryAcquire() as { allowed: boolean });
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1);
    expect(await used(hour)).toEqual([1]);
  });

  it("names every limit in the way, and tells the longest wait", async () => {
    const { minute, hour, day, time } = three();
    for (let i = 0; i < 3; i++) day.tryAcquire();
    for (let i = 0; i < 2; i++) minute.tryAcquire();
    const midnight = Date.UTC(2027, 4, 13) - time.now();
    expect(all(minute, hour, day).tryAcquire()).toEqual({
      allowed: false,
      because: "limit",
      retryAfterMs: midnight,
      violations: [
        { name: "minute", key: "", retryAfterMs: 60_250 },
        { name: "day", key: "", retryAfterMs: midnight },
      ],
    });
    await time.advance(midnight - 1);
    expect(all(minute, hour, day).tryAcquire()).toMatchObject({ allowed: false, retryAfterMs: 1 });
    await time.advance(1);
    expect(all(minute, hour, day).tryAcquire()).toMatchObject({ allowed: true });
  });

  it("says which limit a cost never fits", () => {
    const { minute, hour, day } = three();
    expect(all(minute, hour, day).tryAcquire(5)).toEqual({
      allowed: false,
      because: "never",
      violations: [
        { name: "minute", key: "" },
        { name: "day", key: "" },
      ],
    });
  });

  it("takes the one slot at which every limit fits", async () => {
    const { minute, hour, time } = three();
    minute.tryAcquire(2);
    for (let i = 0; i < 20; i++) hour.tryAcquire();
    const start = time.now();
    let at = 0;
    void all(minute, hour)
      .acquire(1, { maxWaitMs: 7_200_000 })
      .then(() => {
        at = time.now() - start;
      });
    await time.advance(7_200_000);
    expect(at).toBe(3_600_250);
  });

  it("counts a limit that is named twice once, and limits of limits", async () => {
    const { minute, hour } = three();
    expect(all(minute, all(hour, minute)).tryAcquire(2)).toMatchObject({ allowed: true });
    expect(await used(minute, hour)).toEqual([2, 2]);
  });

  it("names limits that no single step can decide", () => {
    const { minute, hour, backend, time } = three();
    const apart = expect.objectContaining({ code: "SLUICE_LIMITS_APART", value: "minute, elsewhere" });
    const elsewhere = limiter({ name: "elsewhere", rate: perHour(1), backend, time });
    expect(() => all(minute, elsewhere)).toThrow(apart);
    const other = limiter({ name: "elsewhere", rate: perHour(1), backend: memory(), time, shard: "mail" });
    expect(() => all(minute, other)).toThrow(apart);
    expect(() => all(hour, hour.withLimit(3))).toThrow(expect.objectContaining({ code: "SLUICE_CHARGE_CONFLICT" }));
    expect(() => all()).toThrow(expect.objectContaining({ code: "SLUICE_OPTION_MISSING" }));
    expect(() => all({} as never)).toThrow(expect.objectContaining({ code: "SLUICE_OPTION_TYPE" }));
  });

  it("waits for the day with the patience it is given, and burns nothing meanwhile", async () => {
    const { hour, day, time } = three();
    day.tryAcquire(3);
    let started = 0;
    void all(hour, day)
      .acquire(1, { maxWaitMs: 86_400_000 })
      .then(() => {
        started = time.now();
      });
    await time.advance(3_600_000);
    expect(await used(hour)).toEqual([0]);
    await time.advance(86_400_000);
    expect(started).toBe(Date.UTC(2027, 4, 13));
  });
});
