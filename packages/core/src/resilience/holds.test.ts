/** Blocks and leases through every wrapper: passed on where that is right, and by whom not. */

import { describe, expect, it, vi } from "vitest";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import type { Charge, Outcome } from "../engine/charge.ts";
import { policy } from "../engine/policy.ts";
import { per } from "../engine/rate.ts";
import { fakeClock } from "../testing/clock.ts";
import { faulty } from "../testing/faults.ts";
import { deadline } from "./deadline.ts";
import { denyCache } from "./deny-cache.ts";
import { fallback } from "./fallback.ts";
import { layered } from "./layered.ts";

const five = policy("five", per("10s", 5));
const charge: Charge = { policy: five, key: "k", cost: 1 };
const take = { name: "n", verb: "take", ttlMs: 1_000 } as const;
const look = { name: "n", verb: "look" } as const;
const quiet = { onChange: () => {} };

const ask = (backend: Backend): Outcome => backend.consume([charge]) as Outcome;

/** What can neither block nor lease. */
function plain(): Backend {
  const { block: _, lease: __, features, ...inner } = memory();
  return { ...inner, features: { ...features, block: false, lease: false } };
}

/** Whether a wrapper says that it blocks and leases, and does. */
function holds({ features, block, lease }: Backend): unknown {
  const [blocks, leases] = [typeof block === "function", typeof lease === "function"];
  expect([blocks, leases]).toEqual([features.block, features.lease]);
  return { blocks, leases };
}

const [both, none] = [
  { blocks: true, leases: true },
  { blocks: false, leases: false },
];

describe.each<[string, (backend: Backend) => Backend]>([
  ["deadline", (backend) => deadline(backend, 50)],
  ["denyCache", (backend) => denyCache(backend)],
  ["fallback to open", (backend) => fallback(backend, "open")],
  ["fallback to closed", (backend) => fallback(backend, "closed")],
  ["layered", (backend) => layered(plain(), backend)],
  ["faulty", (backend) => faulty(backend)],
])("%s", (_, wrap) => {
  it("can what the backend can", () => {
    expect(holds(wrap(memory()))).toEqual(both);
    expect(holds(wrap(plain()))).toEqual(none);
  });

  it("passes a block on as it is, and a lease with its answer", () => {
    const inner = memory();
    const [block, lease] = [vi.fn(inner.block), vi.fn(inner.lease)];
    const backend = wrap({ ...inner, block, lease });
    backend.block?.(charge, 1_000, { shorten: true });
    expect(block.mock.calls).toEqual([[charge, 1_000, { shorten: true }]]);
    const answer = backend.lease?.(take);
    expect(lease.mock.calls).toEqual([[take]]);
    expect(answer).toMatchObject({ granted: true });
    expect(backend.lease?.(take)).toMatchObject({ granted: false });
  });
});

describe("a deadline", () => {
  it("bounds blocks and leases", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const inner = faulty(memory());
      inner.faults.slow(100);
      const backend = deadline(inner, 50);
      const late = [backend.block?.(charge, 1_000), backend.lease?.(take)].map((answer) =>
        expect(answer).rejects.toMatchObject({ code: "SLUICE_BACKEND_TIMEOUT" }),
      );
      await vi.advanceTimersByTimeAsync(100);
      await Promise.all(late);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a deny cache", () => {
  it("forgets what it remembers of a counter that is blocked for less, or longer, or not at all", () => {
    const clock = fakeClock();
    const cached = denyCache(memory({ clock }), { clock, maxMs: 100_000 });
    cached.block?.(charge, 60_000);
    expect(ask(cached)).toMatchObject({ retryAfterMs: 62_000, decisions: [{ via: undefined }] });
    expect(ask(cached)).toMatchObject({ retryAfterMs: 62_000, decisions: [{ via: "cache" }] });
    cached.block?.(charge, 90_000);
    expect(ask(cached)).toMatchObject({ retryAfterMs: 92_000, decisions: [{ via: undefined }] });
    cached.block?.(charge, 1_000, { shorten: true });
    expect(ask(cached)).toMatchObject({ retryAfterMs: 3_000, decisions: [{ via: undefined }] });
    cached.reset?.(charge);
    expect(ask(cached)).toMatchObject({ allowed: true });
  });

  it("remembers no lease", () => {
    const inner = memory();
    const [cached, other] = [denyCache(inner), denyCache(inner)];
    const first = other.lease?.(take) as { readonly fence: number };
    expect(cached.lease?.(take)).toMatchObject({ granted: false });
    other.lease?.({ ...take, verb: "renew", ttlMs: 0, fence: first.fence });
    expect(cached.lease?.(take)).toMatchObject({ granted: true });
  });
});

describe("a fallback", () => {
  it("blocks in both places, also where one fails", async () => {
    const [inner, other] = [faulty(memory()), memory()];
    const backend = fallback(inner, other, quiet);
    inner.faults.down();
    await expect(backend.block?.(charge, 60_000)).rejects.toThrow("injected fault");
    expect(await ask(backend)).toMatchObject({ allowed: false, decisions: [{ via: "fallback" }] });
    inner.faults.heal();
    expect(ask(inner)).toMatchObject({ allowed: true });
    await backend.block?.(charge, 60_000);
    expect(ask(inner)).toMatchObject({ allowed: false });
  });

  it("takes a lease from its backend or from nobody", async () => {
    const [inner, other] = [faulty(memory()), memory()];
    const lease = vi.fn(other.lease);
    const backend = fallback(inner, { ...other, lease }, quiet);
    const first = await backend.lease?.(take);
    inner.faults.down();
    await expect(backend.lease?.(take)).rejects.toThrow("injected fault");
    inner.faults.heal();
    expect(await backend.lease?.(look)).toMatchObject({ fence: first?.fence });
    expect(lease).not.toHaveBeenCalled();
    expect(other.lease(look)).toMatchObject({ fence: 0 });
  });

  it("blocks where both can, and leases where its backend can", () => {
    expect(holds(fallback(memory(), memory()))).toEqual(both);
    expect(holds(fallback(memory(), plain()))).toEqual({ blocks: false, leases: true });
    expect(holds(fallback(plain(), memory()))).toEqual(none);
  });
});

describe("layers", () => {
  it("block and lease in the last one alone", () => {
    const [near, last] = [memory(), memory()];
    const backend = layered(near, last);
    backend.block?.(charge, 60_000);
    expect(ask(backend)).toMatchObject({ allowed: false });
    expect([ask(near).allowed, ask(last).allowed]).toEqual([true, false]);
    // Somebody else lifts it, where all can.
    last.reset(charge);
    expect(ask(backend)).toMatchObject({ allowed: true });
    backend.lease?.(take);
    expect(near.lease(look)).toMatchObject({ fence: 0 });
    expect(last.lease(take)).toMatchObject({ granted: false });
    expect(holds(layered(memory(), plain()))).toEqual(none);
  });
});
