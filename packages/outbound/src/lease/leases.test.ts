import type { Backend, LeaseAnswer, LeaseRequest } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../../test/virtual-time.ts";
import { metrics } from "../metrics/metrics.ts";
import type { JobRun } from "./job.ts";
import { LeaseLostError } from "./lease-lost.ts";
import { type Leases, leases } from "./leases.ts";

interface Stand {
  readonly time: VirtualTime;
  readonly backend: Backend;
  /** Another process's leases on the same backend. */
  process(changed?: Partial<Backend>): Leases;
  /** Everything that was asked of the backend. */
  readonly asked: LeaseRequest[];
}

function stand(): Stand {
  const time = virtualTime();
  const inner = memory({ clock: time });
  const asked: LeaseRequest[] = [];
  const backend: Backend = {
    ...inner,
    lease(request) {
      asked.push(request);
      return inner.lease(request);
    },
  };
  return { time, backend, asked, process: (changed = {}) => leases({ backend: { ...backend, ...changed }, time }) };
}

/** A job that takes so long, and gives up when its signal is aborted. */
const lasting = (time: VirtualTime, ms: number) => async (run: JobRun) => {
  await time.sleep(ms, run.signal);
  return run.fence;
};

describe("withLease", () => {
  it("runs the job with a fence that grows, and lets the name go at its end", async () => {
    const { time, process } = stand();
    const one = process();
    const first = await time.until(one.withLease("digest", 30_000, lasting(time, 10)));
    const second = await time.until(process().withLease("digest", 30_000, lasting(time, 10)));
    expect(first).toMatchObject({ ran: true });
    expect(second).toMatchObject({ ran: true });
    if (!first.ran || !second.ran) throw new Error("did not run");
    expect(first.value).toBe(first.fence);
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(await one.state("digest")).toMatchObject({ held: false, fence: second.fence, leftMs: 0 });
  });

  it("skips while another runs, however long that takes, and says for how long at most", async () => {
    const { time, process, asked } = stand();
    const long = process().withLease("digest", 900, lasting(time, 10_000), { by: "one" });
    await time.pass(9_000);
    const other = process();
    expect(await other.withLease("digest", 900, () => "never", { by: "two" })).toEqual({
      ran: false,
      because: "held",
      heldForMs: 900,
    });
    expect(await other.state("digest")).toMatchObject({ held: true, by: "one" });
    expect(await time.until(long)).toMatchObject({ ran: true });
    // At a third of its life, so 33 times in 10 s.
    const renewals = asked.filter(({ verb, ...rest }) => verb === "renew" && "ttlMs" in rest && rest.ttlMs > 0);
    expect(renewals).toHaveLength(33);
    expect(time.sleepers()).toBe(0);
  });

  it("passes on the error of the job, after the name was let go", async () => {
    const { time, process } = stand();
    const one = process();
    const failing = one.withLease("digest", 1_000, () => {
      throw new TypeError("no inbox");
    });
    await expect(time.until(failing)).rejects.toThrow(new TypeError("no inbox"));
    expect(await one.state("digest")).toMatchObject({ held: false });
    expect(await one.runs("digest")).toMatchObject({
      runs: 1,
      failures: 1,
      last: { state: "failed", error: "TypeError: no inbox" },
    });
  });

  it("does not run where the backend fails", async () => {
    const { process } = stand();
    let ran = false;
    const broken = process({
      lease: () => {
        throw new Error("down");
      },
    });
    const run = broken.withLease("digest", 1_000, () => {
      ran = true;
    });
    await expect(run).rejects.toThrow("down");
    expect(ran).toBe(false);
  });

  it("names mistakes", async () => {
    const { process } = stand();
    const one = process();
    const code = (name: string, ttlMs: number, options?: object) =>
      one
        .withLease(name, ttlMs, () => 1, options)
        .then(
          () => "ran",
          (error) => error.code,
        );
    expect(await code("", 1_000)).toBe("SLUICE_LEASE");
    for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 99, 100.5]) {
      expect(await code("digest", ttlMs), `${ttlMs}`).toBe("SLUICE_LEASE");
    }
    expect(await code("digest", 1_000, { overlap: "wait" })).toBe("SLUICE_OPTION_TYPE");
    expect(await code("digest", 1_000, { overlaps: "skip" })).toBe("SLUICE_OPTION_UNKNOWN");
    expect(await code("digest", 1_000, { maxWaitMs: 5 })).toBe("SLUICE_LEASE");
    expect(await code("digest", 1_000, { instantMs: 0.5 })).toBe("SLUICE_OPTION_TYPE");
    expect(() => leases({ backend: { ...noop(), lease: undefined } as never })).toThrow(
      expect.objectContaining({ code: "SLUICE_BACKEND_UNSUPPORTED" }),
    );
  });

  it("aborts the job when the caller's signal is, and lets the name go", async () => {
    const { time, process } = stand();
    const caller = new AbortController();
    const one = process();
    const run = one.withLease("digest", 1_000, lasting(time, 60_000), { signal: caller.signal });
    await time.pass(5_000);
    caller.abort(new Error("shutting down"));
    await expect(time.until(run)).rejects.toThrow("shutting down");
    expect(await one.state("digest")).toMatchObject({ held: false });
    await expect(one.withLease("digest", 1_000, () => 1, { signal: caller.signal })).rejects.toThrow("shutting down");
  });

  it("counts runs and skips in metrics", async () => {
    const { time, backend } = stand();
    const counted = metrics({ time });
    const one = leases({ backend, time, metrics: counted });
    const run = one.withLease("digest", 1_000, lasting(time, 100));
    await time.pass(10);
    await one.withLease("digest", 1_000, lasting(time, 100));
    await time.until(run);
    expect(counted.snapshot().limits["lease:digest"]).toMatchObject({ granted: 1, denied: 1, committed: 1 });
  });
});

describe("a lost lease", () => {
  it("aborts the signal before the lease can end elsewhere, when no renewal is answered", async () => {
    const { time, backend, process } = stand();
    let hangs = false;
    const slow = process({
      lease: (request: LeaseRequest) =>
        hangs ? new Promise<LeaseAnswer>(() => {}) : (backend.lease?.(request) as LeaseAnswer),
    });
    let abortedAtMs = 0;
    const run = slow.withLease("digest", 1_000, async ({ signal }) => {
      signal.addEventListener("abort", () => {
        abortedAtMs = time.now();
        hangs = false;
      });
      await time.sleep(2_000);
      hangs = true;
      await time.sleep(60_000, signal);
    });
    const error = await time.until(run).catch((reason) => reason);
    expect(error).toBeInstanceOf(LeaseLostError);
    expect(error).toMatchObject({ code: "SLUICE_LEASE_LOST", because: "unconfirmed" });
    // Renewed at 1,998 ms for the last time, which lasts until 2,998; a tenth of its life is left.
    expect(abortedAtMs - time.now()).toBeLessThanOrEqual(0);
    const sinceStart = abortedAtMs - (await startOf(slow));
    expect(sinceStart).toBeGreaterThan(2_800);
    expect(sinceStart).toBeLessThanOrEqual(2_900);
  });

  it("is kept through a stall of the event loop that is shorter than its life", async () => {
    const { time, backend, process } = stand();
    const renewals: number[] = [];
    const begun = time.now();
    const one = process({
      lease(request: LeaseRequest) {
        if (request.verb === "renew" && request.ttlMs > 0) renewals.push(time.now() - begun);
        return backend.lease?.(request) as LeaseAnswer;
      },
    });
    const run = one.withLease("digest", 900, async ({ signal }) => {
      await time.sleep(310);
      time.stall(700);
      await time.sleep(1_000, signal);
      return signal.aborted;
    });
    expect(await time.until(run)).toMatchObject({ ran: true, value: false });
    // At a third of its life, as soon as the event loop goes on, and at thirds from then on.
    expect(renewals.slice(0, 3)).toEqual([300, 1_010, 1_310]);
  });

  it("survives renewals that fail, as long as one is confirmed in time", async () => {
    const { time, backend, process } = stand();
    let renewals = 0;
    const flaky = process({
      lease(request: LeaseRequest) {
        if (request.verb === "renew" && request.ttlMs > 0 && ++renewals % 3 !== 0) throw new Error("reset by peer");
        return backend.lease?.(request) as LeaseAnswer;
      },
    });
    expect(await time.until(flaky.withLease("digest", 1_000, lasting(time, 20_000)))).toMatchObject({ ran: true });
    expect(renewals).toBeGreaterThan(30);
  });

  it("is found out by a process that was stopped, and its result is told as lost", async () => {
    const { time, process } = stand();
    const [one, two] = [process(), process()];
    let left = -1;
    const stalled = one.withLease("digest", 1_000, async (run) => {
      await time.sleep(10);
      time.stall(5_000);
      left = run.leftMs();
      expect(run.signal.aborted).toBe(true);
      return "ignored the signal";
    });
    await expect(time.until(stalled)).rejects.toMatchObject({ code: "SLUICE_LEASE_LOST", because: "unconfirmed" });
    expect(left).toBe(0);
    expect(await time.until(two.withLease("digest", 1_000, () => "next"))).toMatchObject({ ran: true });
    expect(await two.runs("digest")).toMatchObject({ runs: 2, lost: 1, unfinished: 1, last: { state: "ok" } });
  });

  it("has the job's own error as its cause", async () => {
    const { time, process } = stand();
    const run = process().withLease("digest", 1_000, () => {
      time.stall(5_000);
      throw new Error("half written");
    });
    await expect(time.until(run)).rejects.toMatchObject({
      code: "SLUICE_LEASE_LOST",
      because: "unconfirmed",
      cause: expect.objectContaining({ message: "half written" }),
    });
  });

  it("begins no job when it was granted so late that it may have ended", async () => {
    const { time, backend, process } = stand();
    const slow = process({
      async lease(request: LeaseRequest) {
        const answer = await backend.lease?.(request);
        if (request.verb === "take") await time.sleep(950);
        return answer as LeaseAnswer;
      },
    });
    let ran = false;
    const run = slow.withLease("digest", 1_000, () => {
      ran = true;
    });
    await expect(time.until(run)).rejects.toMatchObject({ code: "SLUICE_LEASE_LOST" });
    expect(ran).toBe(false);
  });
});

/** When the run that is recorded last began. */
async function startOf(of: Leases): Promise<number> {
  return (await of.runs("digest")).last?.startedAtMs ?? Number.NaN;
}
