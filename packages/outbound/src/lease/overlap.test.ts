import type { Backend, LeaseRequest } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { type VirtualTime, virtualTime } from "../../test/virtual-time.ts";
import type { JobRun, LeaseOutcome } from "./job.ts";
import { type Leases, leases } from "./leases.ts";

/** Processes on one backend, and what they do in order. */
function stand() {
  const time = virtualTime();
  const inner = memory({ clock: time });
  const looks: number[] = [];
  const backend: Backend = {
    ...inner,
    lease(request: LeaseRequest) {
      if (request.verb === "look") looks.push(time.now());
      return inner.lease(request);
    },
  };
  const log: string[] = [];
  const process = (): Leases => leases({ backend, time });
  /** Takes so long, and says when it begins and ends. */
  const job =
    (name: string, ms: number) =>
    async ({ signal }: JobRun): Promise<string> => {
      log.push(`${name} begins`);
      try {
        await time.sleep(ms, signal);
        log.push(`${name} ends`);
      } catch (error) {
        log.push(`${name} stops`);
        throw error;
      }
      return name;
    };
  return { time, backend, process, log, job, looks };
}

const because = (outcome: LeaseOutcome<unknown>): string => (outcome.ran ? "ran" : outcome.because);
const started = (time: VirtualTime): Promise<void> => time.pass(1);

describe("queue-one", () => {
  const queue = { overlap: "queue-one" } as const;

  it("lets one wait for its turn and skips whoever comes later, in however many processes", async () => {
    const { time, process, log, job } = stand();
    const first = process().withLease("sync", 1_000, job("first", 2_500), queue);
    await started(time);
    const second = process().withLease("sync", 1_000, job("second", 100), queue);
    await started(time);
    const third = await process().withLease("sync", 1_000, job("third", 100), queue);
    expect(because(third)).toBe("queued");
    expect(because(await time.until(first))).toBe("ran");
    expect(because(await time.until(second))).toBe("ran");
    expect(log).toEqual(["first begins", "first ends", "second begins", "second ends"]);
    // The place is free again.
    const [fourth, fifth] = [0, 1].map(() => process().withLease("sync", 1_000, job("again", 100), queue));
    expect((await time.until(Promise.all([fourth, fifth]))).map((run) => run && because(run))).toEqual(["ran", "ran"]);
  });

  it("looks no more often than the name may end", async () => {
    const { time, process, job, looks } = stand();
    const first = process().withLease("sync", 900, job("first", 9_000), queue);
    await started(time);
    looks.length = 0;
    const second = process().withLease("sync", 900, job("second", 1), queue);
    await time.until(Promise.all([first, second]));
    // Two at once to begin with, then one each time the lease could have ended: it had between 600 and 900 ms left.
    expect(looks.length - 2).toBeLessThanOrEqual(9_900 / 600);
    expect(looks.length - 2).toBeGreaterThanOrEqual(9_000 / 900);
  });

  it("gives up after maxWaitMs, and lets the next one wait", async () => {
    const { time, process, job } = stand();
    const first = process().withLease("sync", 1_000, job("first", 10_000), queue);
    await started(time);
    const impatient = process().withLease("sync", 1_000, job("second", 1), { ...queue, maxWaitMs: 1_500 });
    const before = time.now();
    expect(because(await time.until(impatient))).toBe("held");
    expect(time.now() - before).toBe(1_500);
    const patient = process().withLease("sync", 1_000, job("third", 1), queue);
    expect((await time.until(Promise.all([first, patient]))).map(because)).toEqual(["ran", "ran"]);
  });

  it("takes the turn of a holder that died, and the place of a waiter that died", async () => {
    const { time, backend, process, job } = stand();
    // Dead processes: they took and will never renew.
    backend.lease?.({ name: "sluice/lease/sync", verb: "take", ttlMs: 1_000 });
    backend.lease?.({ name: "sluice/queue/sync", verb: "take", ttlMs: 1_500 });
    expect(because(await process().withLease("sync", 1_000, job("second", 1), queue))).toBe("queued");
    await time.pass(1_200);
    // Free, and the turn of whoever waits.
    expect(because(await process().withLease("sync", 1_000, job("second", 1), queue))).toBe("queued");
    await time.pass(300);
    expect(because(await time.until(process().withLease("sync", 1_000, job("third", 1), queue)))).toBe("ran");
  });

  it("stops waiting when the signal is aborted, and leaves the place", async () => {
    const { time, process, job, backend } = stand();
    const first = process().withLease("sync", 1_000, job("first", 10_000), queue);
    await started(time);
    const caller = new AbortController();
    const waiting = process().withLease("sync", 1_000, job("second", 1), { ...queue, signal: caller.signal });
    await started(time);
    caller.abort(new Error("no longer needed"));
    await expect(waiting).rejects.toThrow("no longer needed");
    expect(backend.lease?.({ name: "sluice/queue/sync", verb: "look" })).toMatchObject({ leftMs: 0 });
    await time.until(first);
  });
});

describe("cancel-previous", () => {
  const cancel = { overlap: "cancel-previous" } as const;

  it("aborts the holder at its next renewal, waits for its end, and only then begins", async () => {
    const { time, process, log, job } = stand();
    const first = process().withLease("sync", 3_000, job("first", 60_000), cancel);
    await time.pass(500);
    const before = time.now();
    const second = process().withLease("sync", 3_000, job("second", 100), cancel);
    await expect(time.until(first)).rejects.toMatchObject({ code: "SLUICE_LEASE_LOST", because: "taken" });
    // The renewal is due a third into its life.
    expect(time.now() - before).toBe(500);
    expect(because(await time.until(second))).toBe("ran");
    expect(log).toEqual(["first begins", "first stops", "second begins", "second ends"]);
    expect(time.now() - before).toBeLessThan(1_100);
  });

  it("begins when the lease of a holder that never answers would have ended", async () => {
    const { time, backend, process, job } = stand();
    const note = JSON.stringify({ startedAtMs: 0, runs: 1, failures: 0, unfinished: 0 });
    backend.lease?.({ name: "sluice/lease/sync", verb: "take", ttlMs: 2_000, note });
    const before = time.now();
    expect(because(await time.until(process().withLease("sync", 1_000, job("second", 0), cancel)))).toBe("ran");
    expect(time.now() - before).toBe(2_000);
  });

  it("is cancelled itself before its job began, and the third still waits for the first", async () => {
    const { time, backend, process, log, job } = stand();
    backend.lease?.({ name: "sluice/lease/sync", verb: "take", ttlMs: 5_000 });
    const before = time.now();
    const second = process().withLease("sync", 600, job("second", 100), cancel);
    await time.pass(300);
    const third = process().withLease("sync", 600, job("third", 100), cancel);
    expect(because(await time.until(second))).toBe("cancelled");
    expect(because(await time.until(third))).toBe("ran");
    expect(log).toEqual(["third begins", "third ends"]);
    expect(time.now() - before).toBeGreaterThanOrEqual(5_000);
  });

  it("lets the name go when its caller no longer wants it, before its job began", async () => {
    const { time, backend, process, job, log } = stand();
    backend.lease?.({ name: "sluice/lease/sync", verb: "take", ttlMs: 5_000 });
    const caller = new AbortController();
    const one = process();
    const second = one.withLease("sync", 600, job("second", 100), { ...cancel, signal: caller.signal });
    await time.pass(300);
    caller.abort(new Error("no longer needed"));
    await expect(time.until(second)).rejects.toThrow("no longer needed");
    expect([log, (await one.state("sync")).held, time.sleepers()]).toEqual([[], false, 0]);
  });

  it("waits as long as the lease could last where the end of the holder cannot be told", async () => {
    const { time, backend, job } = stand();
    backend.lease?.({ name: "sluice/lease/sync", verb: "take", ttlMs: 2_000 });
    const broken: Backend = {
      ...backend,
      lease(request) {
        if (request.name.startsWith("sluice/job/")) throw new Error("down");
        return (backend as Required<Backend>).lease(request);
      },
    };
    const before = time.now();
    const second = leases({ backend: broken, time }).withLease("sync", 1_000, job("second", 0), cancel);
    expect(because(await time.until(second))).toBe("ran");
    expect(time.now() - before).toBe(2_000);
  });
});

describe("instants", () => {
  it("begin once, in whichever process, and none begins after a later one", async () => {
    const { time, process, job } = stand();
    const at = (instantMs: number) =>
      process().withLease("sync", 1_000, job("run", 10), { instantMs, by: "a process" });
    const runs = await time.until(Promise.all(Array.from({ length: 8 }, () => at(900_000))));
    expect(runs.filter(({ ran }) => ran)).toHaveLength(1);
    expect(because(await time.until(at(900_000)))).toBe("done");
    expect(because(await time.until(at(1_800_000)))).toBe("ran");
    expect(because(await time.until(at(900_000)))).toBe("done");
    // A run by hand stands for no instant, and forgets none.
    expect(because(await time.until(process().withLease("sync", 1_000, job("hand", 10))))).toBe("ran");
    expect(because(await time.until(at(1_800_000)))).toBe("done");
  });

  it("count as begun when the process died in the middle", async () => {
    const { time, process } = stand();
    const [one, two] = [process(), process()];
    void one.withLease("sync", 1_000, () => new Promise(() => {}), { instantMs: 1 }).catch(() => {});
    await started(time);
    // Dead: nothing renews it any more.
    time.stall(10_000);
    expect(because(await two.withLease("sync", 1_000, () => 1, { instantMs: 1 }))).toBe("done");
    expect((await two.runs("sync")).last).toMatchObject({ state: "unfinished", instantMs: 1 });
  });

  it("are recorded once when several processes skip them", async () => {
    const { time, process, job } = stand();
    const long = process().withLease("sync", 1_000, job("long", 5_000), { instantMs: 1_000 });
    await started(time);
    const skips = Array.from({ length: 3 }, () =>
      process().withLease("sync", 1_000, () => 1, { instantMs: 2_000, by: "b" }),
    );
    expect((await Promise.all(skips)).map(because)).toEqual(["held", "held", "held"]);
    const { lastSkip, skips: counted } = await process().runs("sync");
    expect([counted, lastSkip]).toEqual([1, { atMs: time.now(), because: "held", by: "b", instantMs: 2_000 }]);
    await time.until(long);
  });

  it("leave a record that does not grow, whatever the names and errors are", async () => {
    const { time, backend, process } = stand();
    const ugly = "\u0001\ud800".repeat(5_000);
    for (let i = 0; i < 20; i++) {
      const run = process().withLease(ugly, 1_000, () => Promise.reject(new Error(ugly)), {
        instantMs: i,
        by: ugly.slice(0, 100),
      });
      await expect(time.until(run)).rejects.toThrow();
    }
    expect(await process().runs(ugly)).toMatchObject({ runs: 20, failures: 20, last: { state: "failed" } });
    const note = await backend.lease?.({ name: `sluice/lease/${ugly}`, verb: "look" });
    expect(note?.note.length).toBeLessThan(4_096);
  });
});
