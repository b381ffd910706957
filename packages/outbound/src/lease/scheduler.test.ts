import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { virtualTime } from "../../test/virtual-time.ts";
import { leases } from "./leases.ts";
import type { ScheduledJob } from "./schedule.ts";
import { scheduler } from "./scheduler.ts";

const minuteMs = 60_000;

/** Several processes with the same jobs on one backend; each run is written down with its instant, relative to the start. */
function stand(processes: number, changed: Partial<ScheduledJob> = {}, startMs = Date.UTC(2027, 0, 1, 0, 1)) {
  const time = virtualTime(startMs);
  const backend = memory({ clock: time });
  const ran: number[] = [];
  const errors: unknown[] = [];
  const job: ScheduledJob = {
    name: "enrich",
    everyMs: 5 * minuteMs,
    ttlMs: 30_000,
    run: ({ instantMs = Number.NaN }) => {
      ran.push((instantMs - startMs) / minuteMs);
    },
    ...changed,
  };
  const all = Array.from({ length: processes }, (_, i) =>
    scheduler({
      jobs: [job],
      leases: leases({ backend, time }),
      by: `${i}`,
      time,
      onError: (error) => errors.push(error),
    }),
  );
  return { time, ran, errors, all, job, backend };
}

describe("a scheduler", () => {
  it("runs each instant once in however many processes, and the newest missed one at its start", async () => {
    const { time, ran, all } = stand(3);
    for (const one of all) one.start();
    await time.pass(20 * minuteMs);
    expect(ran).toEqual([-1, 4, 9, 14, 19]);
    await Promise.all(all.map((one) => one.stop()));
    await time.pass(20 * minuteMs);
    expect(ran).toHaveLength(5);
    expect(time.sleepers()).toBe(0);
  });

  it("makes up for the newest instant alone after a long stall, and keeps to the grid", async () => {
    const { time, ran, all } = stand(1);
    all[0]?.start();
    await time.pass(minuteMs);
    time.stall(62 * minuteMs + 17);
    await time.pass(10 * minuteMs);
    expect(ran).toEqual([-1, 59, 64, 69]);
    await all[0]?.stop();
  });

  it("does not run what another process began before it was started", async () => {
    const { time, ran, all } = stand(2);
    all[0]?.start();
    await time.pass(minuteMs);
    all[1]?.start();
    await time.pass(minuteMs);
    expect(ran).toEqual([-1]);
    await Promise.all(all.map((one) => one.stop()));
  });

  it("records a skip where a run takes longer than its interval", async () => {
    const { time, all, job, backend } = stand(1, { run: ({ signal }) => time.sleep(6 * minuteMs, signal) });
    all[0]?.start();
    await time.pass(4.5 * minuteMs);
    const { runs, skips, lastSkip } = await leases({ backend, time }).runs(job.name);
    expect([runs, skips, lastSkip?.because]).toEqual([1, 1, "held"]);
    const stopped = all[0]?.stop({ abort: true });
    await time.until(stopped as Promise<void>);
    expect(await leases({ backend, time }).state(job.name)).toMatchObject({ held: false });
  });

  it("repeats nothing when the clock is set back", async () => {
    const { time, ran, all } = stand(1);
    all[0]?.start();
    await time.pass(10 * minuteMs);
    time.stall(-7 * minuteMs);
    await time.pass(minuteMs);
    expect(ran).toEqual([-1, 4, 9]);
    await time.pass(12 * minuteMs);
    expect(ran).toEqual([-1, 4, 9, 14]);
    await all[0]?.stop();
  });

  it("names mistakes", () => {
    const { job, backend } = stand(0);
    const code = (jobs: readonly unknown[]): string => {
      try {
        scheduler({ jobs: jobs as ScheduledJob[], leases: leases({ backend }) });
        return "made";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code([job])).toBe("made");
    expect(code([job, job])).toBe("SLUICE_SCHEDULE");
    expect(code([{ ...job, everyMs: 0 }])).toBe("SLUICE_SCHEDULE");
    expect(code([{ ...job, ttlMs: 0 }])).toBe("SLUICE_LEASE");
    expect(code([{ ...job, every: 1 }])).toBe("SLUICE_OPTION_UNKNOWN");
    expect(code([{ ...job, run: undefined }])).toBe("SLUICE_OPTION_MISSING");
  });
});

describe("stop()", () => {
  const waiting = (heard: unknown[]): Partial<ScheduledJob> => ({
    run: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          heard.push(signal.reason);
          resolve(undefined);
        });
      }),
  });

  it("aborts the signals of jobs that a trigger began, too", async () => {
    const heard: unknown[] = [];
    const { time, all } = stand(1, waiting(heard));
    const [one] = all as [(typeof all)[0]];
    const running = one.runDue(Date.UTC(2027, 0, 1, 0, 5));
    await time.pass(1_000);
    await time.until(one.stop({ abort: true }));
    expect(heard).toMatchObject([{ name: "AbortError" }]);
    await running;
  });

  it("waits for jobs that run, and lets them end where it does not abort them", async () => {
    const ends: number[] = [];
    let now = (): number => 0;
    const { time, all } = stand(1, {
      run: async () => {
        await time.sleep(20_000);
        ends.push(now());
      },
    });
    now = time.now;
    const [one] = all as [(typeof all)[0]];
    one.start();
    await time.pass(1_000);
    await time.until(one.stop());
    expect(ends).toEqual([time.now()]);
  });

  it("in the very moment of an instant begins nothing behind its back", async () => {
    const { time, ran, all } = stand(1);
    const [one] = all as [(typeof all)[0]];
    const sleep = time.sleep;
    let stopped: Promise<void> | undefined;
    time.sleep = async (ms, signal) => {
      await sleep(ms, signal);
      // Its timer has fired, and nobody has gone on yet.
      if (ms > 60_000) stopped = one.stop();
    };
    one.start();
    await time.pass(10 * minuteMs);
    await stopped;
    expect(stopped).toBeDefined();
    expect(ran).toEqual([-1]);
  });
});

describe("runDue", () => {
  it("runs the jobs whose instants fall on the trigger, also when it comes twice, and one failure stops no other", async () => {
    const { time, backend } = stand(0);
    const ran: string[] = [];
    const job = (name: string, minutes: number, offset = 0): ScheduledJob => ({
      name,
      everyMs: minutes * minuteMs,
      offsetMs: offset * minuteMs,
      ttlMs: 30_000,
      run: () => {
        if (name === "broken") throw new Error("broken");
        ran.push(name);
      },
    });
    const jobs = [
      job("broken", 5),
      job("enrich", 5),
      job("aggregate", 15),
      job("digest", 60),
      job("prune", 1_440, 120),
    ];
    const errors: string[] = [];
    const made = scheduler({
      jobs,
      leases: leases({ backend, time }),
      time,
      onError: (_, { name }) => errors.push(name),
    });
    const at = async (hours: number, minutes: number) => {
      ran.length = 0;
      await time.until(made.runDue(Date.UTC(2027, 0, 1, hours, minutes)));
      return ran.join(" ");
    };
    expect(await at(0, 5)).toBe("enrich");
    expect(await at(0, 15)).toBe("enrich aggregate");
    expect(await at(0, 15)).toBe("");
    expect(await at(1, 0)).toBe("enrich aggregate digest");
    expect(await at(2, 0)).toBe("enrich aggregate digest prune");
    expect(errors).toEqual(Array.from({ length: 5 }, () => "broken").slice(1));
    const [broken, enrich] = await made.runDue(Date.UTC(2027, 0, 1, 3));
    expect(broken).toMatchObject({ name: "broken", error: new Error("broken") });
    expect(enrich).toMatchObject({ name: "enrich", outcome: { ran: true } });
  });

  it("makes up for triggers that did not come, within what it is told", async () => {
    const { time, ran, all } = stand(1);
    const due = Date.UTC(2027, 0, 1, 0, 12);
    expect(await time.until((all[0] as (typeof all)[0]).runDue(due))).toEqual([]);
    expect(await time.until((all[0] as (typeof all)[0]).runDue(due, { withinMs: 15 * minuteMs }))).toHaveLength(1);
    expect(ran).toEqual([9]);
  });
});
