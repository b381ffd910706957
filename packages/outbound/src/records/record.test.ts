import { DatabaseSync } from "node:sqlite";
import type { Backend } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { sqlite } from "@sluice/core/sqlite";
import { describe, expect, it } from "vitest";
import { newFile } from "../../test/new-file.ts";
import { forgottenAfterMs, record } from "./record.ts";

interface Count {
  readonly count: number;
}
const more = (last: Count | undefined): Count => ({ count: (last?.count ?? 0) + 1 });

describe("a record", () => {
  it("is undefined until it is written, and is then what was written last", async () => {
    const backend = memory();
    const fact = record<Count>(backend, "sluice/test/a");
    expect([await fact.read(), fact.look()]).toEqual([undefined, undefined]);
    expect(await fact.update(more)).toEqual({ count: 1 });
    expect(await record<Count>(backend, "sluice/test/a").update(more)).toEqual({ count: 2 });
    expect([await fact.read(), fact.look()]).toEqual([{ count: 2 }, { count: 2 }]);
    expect(await record<Count>(backend, "sluice/test/b").read()).toBeUndefined();
  });

  it("tells how old it is, by the backend's clock", async () => {
    let now = 1_000_000;
    const fact = record<Count>(memory({ clock: { now: () => now } }), "sluice/test/a");
    expect(fact.lookAged()).toEqual({ value: undefined, ageMs: 0 });
    await fact.update(more);
    now += 90_061;
    expect(fact.lookAged()).toEqual({ value: { count: 1 }, ageMs: 90_061 });
    const ages: number[] = [];
    await fact.update((last, ageMs) => {
      ages.push(ageMs);
      return more(last);
    });
    expect([ages, fact.lookAged()]).toEqual([[90_061], { value: { count: 2 }, ageMs: 0 }]);
    now -= 5_000;
    expect(fact.lookAged()).toMatchObject({ ageMs: 0 });
  });

  it("is forgotten thirty days after it was written, if it does not last; its age is told until then", async () => {
    let now = 1_000_000;
    const backend = memory({ clock: { now: () => now } }) as Required<Backend>;
    const fact = record<Count>(backend, "sluice/test/a", ({ count }) => count > 2);
    await fact.update(more);
    now += forgottenAfterMs - 1;
    expect(fact.lookAged()).toEqual({ value: { count: 1 }, ageMs: forgottenAfterMs - 1 });
    // A clock that steps back makes it no older.
    now -= forgottenAfterMs + 5_000;
    expect(fact.lookAged()).toEqual({ value: { count: 1 }, ageMs: 0 });
    now += forgottenAfterMs + 5_000;
    expect(await fact.update(more)).toEqual({ count: 2 });
    now += forgottenAfterMs;
    const ages: number[] = [];
    expect([fact.look(), await fact.read(), fact.lookAged()]).toEqual([undefined, undefined, { ageMs: 0 }]);
    const { fence } = await backend.lease({ name: "sluice/test/a", verb: "look" });
    await fact.update((last, ageMs) => {
      ages.push(ageMs);
      return more(last);
    });
    expect([ages, fact.look()]).toEqual([[0], { count: 1 }]);
    expect((await backend.lease({ name: "sluice/test/a", verb: "look" })).fence).toBeGreaterThan(fence);
    // What lasts stays, whoever reads it.
    for (let i = 0; i < 2; i++) await fact.update(more);
    now += 400 * forgottenAfterMs;
    expect(fact.lookAged()).toEqual({ value: { count: 3 }, ageMs: 400 * forgottenAfterMs });
    expect(await record<Count>(backend, "sluice/test/a").read()).toEqual({ count: 3 });
  });

  it("is not written where the change leaves it as it is", async () => {
    const state = memory();
    const asked: string[] = [];
    const backend: Backend = {
      ...state,
      lease: (request) => {
        asked.push(request.verb);
        return (state as Required<Backend>).lease(request);
      },
    };
    const fact = record<Count>(backend, "sluice/test/a");
    await fact.update(more);
    expect(await fact.update((last) => last as Count)).toEqual({ count: 1 });
    expect(asked).toEqual(["look", "take", "look"]);
  });

  it("loses no change of many at once", async () => {
    const state = memory();
    const slow: Backend = {
      ...state,
      lease: async (request) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
        return (state as Required<Backend>).lease(request);
      },
    };
    await Promise.all(Array.from({ length: 20 }, () => record<Count>(slow, "sluice/test/a").update(more)));
    expect(await record<Count>(slow, "sluice/test/a").read()).toEqual({ count: 20 });
  });

  it("gives up on a race that it always loses", async () => {
    const state = memory();
    const rival = record<Count>(state, "sluice/test/a");
    const unlucky: Backend = {
      ...state,
      lease: async (request) => {
        if (request.verb === "take") await rival.update(more);
        return (state as Required<Backend>).lease(request);
      },
    };
    const update = record<Count>(unlucky, "sluice/test/a").update(more);
    await expect(update).rejects.toMatchObject({ code: "SLUICE_RECORD_CONTENDED" });
  });

  it("outlives the process on a file", async () => {
    const file = newFile();
    const open = () => record<Count>(sqlite(new DatabaseSync(file)), "sluice/test/a");
    await open().update(more);
    expect(await open().read()).toEqual({ count: 1 });
  });

  it("is not kept by a backend without leases, and takes no more than a note holds", async () => {
    expect(() => record(noop(), "sluice/test/a")).toThrow(
      expect.objectContaining({ code: "SLUICE_BACKEND_UNSUPPORTED", value: "noop" }),
    );
    const long = record<string>(memory(), "sluice/test/a").update(() => "x".repeat(5_000));
    await expect(long).rejects.toMatchObject({ code: "SLUICE_LEASE" });
  });

  it("says nothing where somebody wrote what is no JSON", async () => {
    const backend = memory() as Required<Backend>;
    await backend.lease({ name: "sluice/test/a", verb: "take", ttlMs: 1, note: "{" });
    expect(await record(backend, "sluice/test/a").read()).toBeUndefined();
  });
});
