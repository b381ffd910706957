import { perMinute } from "@sluice/core/engine";
import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf } from "../../test/client-made.ts";
import type { UnitsOptions } from "./client-options.ts";

const rate = perMinute(1_000, { burst: 500 });
const fixed: UnitsOptions = { rate, estimate: () => 100 };

/** Units that are used now. */
async function used({
  client,
  time,
}: Awaited<ReturnType<typeof made>>): Promise<readonly (readonly [string, number])[]> {
  await time.pass(0);
  return (await client.state()).limits.map(({ name, used: units = -1 }) => [name, Math.round(units)] as const);
}

describe("units", () => {
  it("are taken with the request in one step, and refuse it with nothing taken", async () => {
    const it = await made({ units: fixed });
    expect(await it.statuses(3)).toEqual([200, 200, 200]);
    expect(await used(it)).toEqual([
      ["api", 3],
      ["api.units", 300],
    ]);
    const refused = await it.client("/", { units: 400, maxWaitMs: 0 }).catch((error) => error);
    expect(refused).toMatchObject({ code: "SLUICE_MAX_WAIT", denial: { violations: [{ name: "api.units" }] } });
    expect(await used(it)).toEqual([
      ["api", 3],
      ["api.units", 300],
    ]);
  });

  it("of the call come before the estimate; none are taken for 0, and too many never fit", async () => {
    const it = await made({ units: fixed });
    await it.time.until(it.client("/", { units: 7 }));
    await it.time.until(it.client("/", { units: 0 }));
    expect(await used(it)).toEqual([
      ["api", 2],
      ["api.units", 7],
    ]);
    expect(await it.client("/", { units: 501 }).catch(codeOf)).toBe("SLUICE_COST_NEVER_FITS");
    expect(await it.client("/", { units: Number.NaN }).catch(codeOf)).toBe("SLUICE_COST");
    await it.time.until(it.client("/", { units: 10, cost: 4 }));
    expect(await used(it)).toEqual([
      ["api", 6],
      ["api.units", 17],
    ]);
  });

  it.each([
    [40, 40],
    [250, 250],
    [0, 0],
  ])("are set to what the answer says: %i", async (actual, then) => {
    const units: UnitsOptions = { ...fixed, actual: async (response) => (await response.clone().json()).spent };
    const it = await made({ units }, { answer: () => ({ body: JSON.stringify({ spent: actual }) }) });
    const answer = await it.time.until(it.client("/"));
    expect(await answer.json()).toEqual({ spent: actual });
    await expect.poll(async () => (await used(it))[1]?.[1]).toBe(then);
  });

  it("more than was estimated are waited for by the next call", async () => {
    const units: UnitsOptions = { ...fixed, actual: () => 1_000 };
    const it = await made({ units, maxWaitMs: 120_000 });
    await it.statuses(1);
    const from = it.time.now();
    await it.statuses(1);
    expect(it.time.now() - from).toBeGreaterThan(50_000);
  });

  it("stay estimated where the answer does not say, or cannot be understood", async () => {
    for (const actual of [() => undefined, () => Number.NaN, () => Promise.reject(new Error("no JSON"))]) {
      const it = await made({ units: { ...fixed, actual } });
      expect(await it.statuses(1)).toEqual([200]);
      expect((await used(it))[1]).toEqual(["api.units", 100]);
    }
  });

  it("of a streamed answer are told by whoever read it, once", async () => {
    const it = await made({ units: fixed });
    const answer = await it.time.until(it.client("/"));
    await it.client.spent(answer, 320);
    await it.client.spent(answer, 5);
    expect((await used(it))[1]).toEqual(["api.units", 320]);
    await it.client.spent(new Response(), 5);
    expect((await used(it))[1]).toEqual(["api.units", 320]);
    expect(await it.client.spent(answer, -1).catch(codeOf)).toBe("SLUICE_COST");
    const without = await made();
    expect(await without.client.spent(answer, 5).catch(codeOf)).toBe("SLUICE_OPTION_MISSING");
  });

  it("of a refused request are given back, those of a failed one are not", async () => {
    const answers = [{ status: 429, headers: { "retry-after": "1" } }];
    const refused = await made({ units: fixed, rampMs: 0 }, { answer: () => answers.shift() ?? {} });
    expect(await refused.time.until(refused.client("/").then(statusOf))).toBe(200);
    expect((await used(refused))[1]).toEqual(["api.units", 100]);
    const failed = await made({ units: fixed }, { fault: ({ number }) => (number === 1 ? "drop" : undefined) });
    await failed.statuses(1);
    expect((await used(failed))[1]).toEqual(["api.units", 200]);
  });
});
