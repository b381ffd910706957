import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { durableObject } from "@sluice/core/durable-object";
import { type Charge, perMinute, perMonth, policy } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { COUNTED, clock, holdTime, inStorage, LIMITER, own, rowsOf, type Stub } from "./objects.ts";

holdTime();

const hourMs = 3_600_000;
const minute: Charge = { policy: policy("minute", perMinute(2)), key: "k", shard: "s", cost: 2 };
const month: Charge = { policy: policy("month", perMonth(2)), key: "k", shard: "s", cost: 2 };

function alarmOf(stub: Stub | undefined): Promise<number | null> {
  return inStorage(stub, (storage) => storage.getAlarm());
}

async function kept(stub: Stub | undefined): Promise<number | undefined> {
  return (await rowsOf(stub))?.length;
}

/** Puts so many rows into an object that has a table, each idle at that instant. */
function fill(stub: Stub | undefined, count: number, idleAt: number): Promise<void> {
  return inStorage(stub, ({ sql }) => {
    sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO counters SELECT 'filled' || printf('%07d', i), ?, '[0,0,0]' FROM n`,
      count,
      idleAt,
    );
  });
}

describe("clean-up", () => {
  it("gives the whole database back when nothing counts any more, and the object goes on", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects, { denyCache: false });
    await backend.consume([minute]);
    const [stub] = objects.objects();
    expect(await alarmOf(stub)).toBe(Date.now() + 6 * hourMs);
    for (const round of [1, 2]) {
      expect(await backend.consume([minute]), `round ${round}`).toMatchObject({ allowed: false });
      await clock.advance(6 * hourMs);
      expect(await runDurableObjectAlarm(stub)).toBe(true);
      expect(await rowsOf(stub)).toBeUndefined();
      expect(await alarmOf(stub)).toBeNull();
      expect(await backend.consume([minute])).toMatchObject({ allowed: true });
      expect(await rowsOf(stub)).toHaveLength(1);
      expect(await alarmOf(stub)).toBe(Date.now() + 6 * hourMs);
    }
  });

  it("deletes what is idle, keeps what counts, and comes again when that is idle", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects, { denyCache: false });
    await backend.consume([minute, month]);
    const [stub] = objects.objects();
    await clock.advance(6 * hourMs);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(stub)).toEqual(["20:calendar/month/month1:k"]);
    // A month may count in another zone's until that is over, too; no alarm is further ahead than 30 days.
    expect(await alarmOf(stub)).toBe(Date.now() + 30 * 24 * hourMs);
    expect(await backend.consume([month])).toMatchObject({ allowed: false });
    // What is idle sooner brings the alarm forward again.
    await backend.consume([minute]);
    expect(await alarmOf(stub)).toBe(Date.now() + 6 * hourMs);
    await clock.set(Date.UTC(2027, 6, 2, 2) - 1);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(stub)).toEqual(["20:calendar/month/month1:k"]);
    await clock.advance(6 * hourMs);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(stub)).toBeUndefined();
  });

  it("keeps one alarm, which charges do not move, also over evictions", async () => {
    const objects = own(COUNTED);
    const backend = durableObject(objects, { denyCache: false });
    await backend.consume([minute]);
    const [stub] = objects.objects();
    const alarm = await alarmOf(stub);
    await evictDurableObject(stub);
    for (let i = 0; i < 20; i++) {
      await clock.advance(60_000);
      expect(await backend.consume([minute])).toMatchObject({ allowed: true });
    }
    expect(await alarmOf(stub)).toBe(alarm);
    expect(await stub?.written()).toMatchObject({ alarms: 0 });
  });

  it("sets an alarm again where one was lost with the memory of it", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects, { denyCache: false });
    await backend.consume([minute]);
    const [stub] = objects.objects();
    await inStorage(stub, (storage) => storage.deleteAll());
    await evictDurableObject(stub);
    expect(await alarmOf(stub)).toBeNull();
    await backend.consume([minute]);
    expect(await alarmOf(stub)).toBe(Date.now() + 6 * hourMs);
  });

  it("takes many rows in steps, and leaves the rest to another alarm", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects, { denyCache: false });
    await backend.consume([month]);
    const [stub] = objects.objects();
    await fill(stub, 101_500, Date.now() + 60_000);
    await clock.advance(6 * hourMs);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await kept(stub)).toBe(1_502);
    expect(await alarmOf(stub)).toBe(Date.now() + 1_000);
    // Charges that come in between find what counts.
    expect(await backend.consume([month])).toMatchObject({ allowed: false });
    expect(await backend.consume([minute])).toMatchObject({ allowed: true });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await kept(stub)).toBe(2);
    expect(await alarmOf(stub)).toBe(Date.now() + 6 * hourMs);
  });

  it("gives the database back also where many rows were idle", async () => {
    const objects = own(LIMITER);
    await durableObject(objects).consume([minute]);
    const [stub] = objects.objects();
    await fill(stub, 2_500, Date.now() + 60_000);
    await clock.advance(6 * hourMs);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(stub)).toBeUndefined();
  });
});
