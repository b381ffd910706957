import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { fenced } from "./fenced.ts";
import { leases } from "./leases.ts";

describe("fenced", () => {
  it("refuses whoever holds an older fence once a newer one has written", async () => {
    const backend = memory();
    const cursor = fenced<number>(backend, "cursor");
    const { withLease } = leases({ backend });
    const fenceOf = async (): Promise<number> => {
      const run = await withLease("sync", 1_000, ({ fence }) => fence);
      return run.ran ? run.value : Number.NaN;
    };
    const [older, newer] = [await fenceOf(), await fenceOf()];
    expect(await cursor.read()).toBeUndefined();
    expect(await cursor.update(older, (at = 0) => at + 1)).toBe(1);
    expect(await cursor.update(newer, (at = 0) => at + 1)).toBe(2);
    await expect(cursor.update(older, () => 99)).rejects.toMatchObject({
      code: "SLUICE_FENCE_STALE",
      fence: older,
      newest: newer,
    });
    expect(await cursor.update(newer, (at = 0) => at + 1)).toBe(3);
    expect(await cursor.read()).toBe(3);
  });
});
