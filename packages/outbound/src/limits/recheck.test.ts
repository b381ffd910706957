import { type Backend, BackendError, perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../../test/virtual-time.ts";
import type { LimiterOptions } from "./limiter-options.ts";
import { limiter } from "./make-limiter.ts";

/** A limit of one in a second on a backend elsewhere, which fails while `fails` says so. */
function made(fails: (mode: "look" | "booking", now: number) => boolean, options: Partial<LimiterOptions> = {}) {
  const time = virtualTime();
  const state = memory({ clock: time });
  const lost = new BackendError("SLUICE_BACKEND_TIMEOUT", "elsewhere", "did not answer");
  const consume: Backend["consume"] = async (charges) => {
    const mode = charges.every((charge) => charge.mode === "peek") ? "look" : "booking";
    if (fails(mode, time.now() - begun)) throw lost;
    return state.consume(charges);
  };
  const begun = time.now();
  const backend = { ...state, features: { ...state.features, scope: "global" as const }, consume };
  const limit = limiter({ name: "api", rate: perSecond(1), toleranceMs: 0, backend, time, ...options });
  return { time, limit, lost, begun };
}

describe("whoever waits for his turn on a backend that fails for a moment", () => {
  it("looks again, and has it", async () => {
    const { time, limit, begun } = made((mode, now) => mode === "look" && now < 1_600);
    await time.until(limit.acquire());
    const second = time.until(limit.acquire().then(() => time.now() - begun));
    const third = limit.acquire().then(() => time.now() - begun);
    expect(await second).toBeGreaterThanOrEqual(1_600);
    expect(await time.until(third)).toBeLessThan(5_000);
  });

  it("hears of it where that lasts", async () => {
    const { time, limit, lost, begun } = made((mode) => mode === "look");
    await time.until(limit.acquire());
    const waits = limit.acquire().catch((error: unknown) => ({ error, atMs: time.now() - begun }));
    const { error, atMs } = (await time.until(waits)) as { readonly error: unknown; readonly atMs: number };
    expect(error).toBe(lost);
    expect(atMs).toBeLessThan(3_000);
  });

  it("hears of it at once where he may not wait longer", async () => {
    const { time, limit, lost, begun } = made((mode) => mode === "look");
    await time.until(limit.acquire());
    const waits = limit
      .acquire(1, { maxWaitMs: 1_100 })
      .catch((error: unknown) => ({ error, atMs: time.now() - begun }));
    const { error, atMs } = (await time.until(waits)) as { readonly error: unknown; readonly atMs: number };
    expect(error).toBe(lost);
    expect(atMs).toBeLessThanOrEqual(1_100);
  });

  it("stops when he is told to", async () => {
    const { time, limit } = made((mode) => mode === "look");
    await time.until(limit.acquire());
    const leaving = new AbortController();
    const waits = limit.acquire(1, { signal: leaving.signal }).catch((error: unknown) => error);
    await time.pass(1_100);
    leaving.abort(new Error("enough"));
    expect(await time.until(waits)).toEqual(new Error("enough"));
  });
});
