import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { durableObject } from "@sluice/core/durable-object";
import { type Backend, type Charge, perDay, perMinute, policy } from "@sluice/core/engine";
import { type Algorithm, algorithms } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";
import { COUNTED, clock, holdTime, inStorage, LIMITER, own, rowsOf, type Stub } from "./objects.ts";

holdTime();

function charge(algorithm: Algorithm, details: Partial<Charge> = {}): Charge {
  const name = `kept-${algorithm}`;
  const five =
    algorithm === "calendar"
      ? policy(name, perDay(5))
      : algorithm === "strict"
        ? policy(name, { algorithm: "token-bucket", windowMs: 60_000, limit: 10, burst: 5, strict: true })
        : policy(name, { algorithm, windowMs: 60_000, limit: 5 });
  return { policy: five, key: "k", shard: "s", cost: 1, ...details };
}

async function remaining(backend: Backend, asked: Charge): Promise<number | undefined> {
  const { decisions } = await backend.consume([{ ...asked, cost: 0 }]);
  return decisions[0]?.remaining;
}

/** What takes an object's memory away. */
const ends: Readonly<Record<string, (stub: Stub | undefined) => Promise<void>>> = {
  "was evicted": (stub) => evictDurableObject(stub),
  "was restarted": () => abortAllDurableObjects(),
};

describe.each(Object.entries(ends))("an object that %s", (_, end) => {
  it.each(algorithms)("keeps what %s has spent, and takes it back when it is settled", async (algorithm) => {
    const objects = own(LIMITER);
    const backend = durableObject(objects, { denyCache: false });
    const asked = charge(algorithm, { cost: 3 });
    const { decisions } = await backend.consume([asked]);
    await end(objects.objects()[0]);
    expect(await remaining(backend, asked)).toBe(2);
    expect(await backend.consume([asked])).toMatchObject({ allowed: false });
    await end(objects.objects()[0]);
    await backend.settle?.(decisions.map((decision) => ({ decision, cost: 1 })));
    await end(objects.objects()[0]);
    expect(await remaining(backend, asked)).toBe(4);
    await backend.reset?.(asked);
    await end(objects.objects()[0]);
    expect(await remaining(backend, asked)).toBe(5);
  });

  it("keeps slots that lie ahead", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    const asked = charge("sliding-log", { cost: 5, maxDelayMs: 1_000_000 });
    const delays = [];
    for (let i = 0; i < 3; i++) {
      delays.push((await backend.consume([asked])).delayMs);
      await end(objects.objects()[0]);
    }
    expect(delays).toEqual([undefined, 60_000, 120_000]);
  });
});

describe("rows", () => {
  it("are written once for each admitted charge, and for a denial not at all", async () => {
    const objects = own(COUNTED);
    const backend = durableObject(objects, { denyCache: false });
    const spent = charge("token-bucket", { policy: policy("one", perMinute(1)) });
    const plenty = charge("token-bucket", { policy: policy("plenty", perMinute(1_000)) });
    await backend.consume([spent]);
    const stub = objects.objects()[0] as Stub;
    // The first charge of an object also makes its table and sets its alarm.
    const first = await stub.written();
    expect(first.rows).toBeLessThanOrEqual(3);
    expect(first).toMatchObject({ alarms: 1, looks: 1 });
    for (let i = 0; i < 100; i++) await backend.consume([spent]);
    expect(await stub.written()).toEqual(first);
    for (let i = 0; i < 100; i++) await backend.consume([{ ...plenty, key: `k${i % 7}` }]);
    await Promise.all(Array.from({ length: 100 }, (_, i) => backend.consume([{ ...plenty, key: `k${i % 7}` }])));
    expect(await stub.written()).toEqual({ ...first, rows: first.rows + 200 });
    await backend.consume([plenty, { ...plenty, key: "k1" }, { ...spent, key: "k1" }]);
    expect(await stub.written()).toEqual({ ...first, rows: first.rows + 203 });
  });

  it("are written once for a denial where the clock was set back, and then no more", async () => {
    const objects = own(COUNTED);
    const backend = durableObject(objects, { denyCache: false });
    const spent = charge("token-bucket", { policy: policy("one", perMinute(1)) });
    await backend.consume([spent]);
    const stub = objects.objects()[0] as Stub;
    const { rows } = await stub.written();
    await clock.advance(-5_000);
    for (let i = 0; i < 3; i++) expect(await backend.consume([spent])).toMatchObject({ retryAfterMs: 60_000 });
    expect(await stub.written()).toMatchObject({ rows: rows + 1 });
    await clock.advance(5_000);
  });

  it("are not there for who only asks", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    await backend.consume([charge("token-bucket", { mode: "peek" }), charge("sliding-log", { cost: 0 })]);
    await backend.reset?.(charge("token-bucket"));
    const [stub] = objects.objects();
    expect(await rowsOf(stub)).toBeUndefined();
    expect(await inStorage(stub, (storage) => storage.getAlarm())).toBeNull();
  });

  it("hold no key that is long", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects);
    for (const key of ["short", "x".repeat(1_000_000)]) await backend.consume([charge("fixed-window", { key })]);
    expect(await rowsOf(objects.objects()[0])).toEqual([
      expect.stringMatching(/^#[0-9a-f]{64}$/),
      "36:fixed-window/60000/kept-fixed-window5:short",
    ]);
  });
});

describe("a clock that steps back", () => {
  it("gives nothing back on a receipt that may be from either time", async () => {
    const backend = durableObject(own(LIMITER), { denyCache: false });
    const asked = charge("token-bucket", { cost: 2 });
    await backend.consume([{ ...asked, cost: 5 }]);
    await clock.advance(30_000);
    const { decisions } = await backend.consume([asked]);
    await clock.advance(-30_000);
    expect(await remaining(backend, asked)).toBe(0.5);
    await clock.advance(36_000);
    expect(await remaining(backend, asked)).toBe(3.5);
    await backend.settle?.(decisions.map((decision) => ({ decision, cost: 0 })));
    expect(await remaining(backend, asked)).toBe(3.5);
  });
});

describe("storage that fails", () => {
  it("books nothing of a charge beside the one it could not book, and says so without a key", async () => {
    const objects = own(LIMITER);
    const backend = durableObject(objects, { denyCache: false });
    const [good, bad] = [charge("token-bucket", { key: "good" }), charge("token-bucket", { key: "bad" })];
    await backend.consume([good]);
    const [stub] = objects.objects();
    await inStorage(stub, ({ sql }) => {
      sql.exec(`CREATE TRIGGER broken BEFORE INSERT ON counters WHEN NEW.name LIKE '%bad'
        BEGIN SELECT RAISE(ABORT, 'no room for this'); END`);
    });
    const error = await Promise.resolve(backend.consume([good, bad])).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "SLUICE_BACKEND_REFUSED", backend: "durable-object" });
    expect(String(error)).not.toMatch(/bad|good|room/);
    expect(await remaining(backend, good)).toBe(4);
    const groups = Promise.resolve(backend.consumeEach?.([[good], [bad], [good]]));
    await expect(groups).rejects.toMatchObject({ code: "SLUICE_BACKEND_REFUSED" });
    expect(await remaining(backend, good)).toBe(4);
    expect(await backend.consume([good])).toMatchObject({ allowed: true });
    await inStorage(stub, ({ sql }) => void sql.exec("DROP TRIGGER broken"));
    expect(await backend.consume([good, bad])).toMatchObject({ allowed: true });
  });
});
