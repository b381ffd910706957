import { type Backend, type Charge, ConfigError, perMinute, policy, SluiceError } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { faulty } from "@sluice/core/testing";
import { describe, expect, test } from "vitest";
import { watchedBackend } from "./backend-watch.ts";

const charge: Charge = { policy: policy("api", perMinute(60)), key: "somebody", cost: 1 };

function watching(backend: Backend) {
  const lines: [level: string, fields: object, message: string][] = [];
  const clock = { nowMs: 1_000 };
  const line = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  const logger = { info: line("info"), warn: line("warn"), error: line("error") };
  return { ...watchedBackend(backend, logger, () => clock.nowMs), lines, clock };
}

/** Answers each call when the test says so, and with what. */
function byHand() {
  const calls: { answer(via?: "cache"): void; fail(error?: Error): void }[] = [];
  const own = memory();
  const backend: Backend = {
    ...own,
    consume: (charges) =>
      new Promise((resolve, reject) => {
        calls.push({
          answer(via) {
            const outcome = own.consume(charges);
            // Beside a denial that was remembered, there may be charges that nobody was asked for.
            const others = via === undefined ? [] : outcome.decisions;
            resolve({ ...outcome, decisions: [...outcome.decisions.map((one) => ({ ...one, via })), ...others] });
          },
          fail: (error = new SluiceError("SLUICE_BACKEND_TIMEOUT", "late")) => reject(error),
        });
      }),
  };
  return { backend, calls };
}

describe("a watched backend", () => {
  test("answers as before, at once where it did", () => {
    const { backend, undecided, lines } = watching(memory());
    expect(backend.consume([charge])).toMatchObject({ allowed: true, decisions: [{ remaining: 59 }] });
    expect(Object.keys(backend).sort()).toEqual(Object.keys(memory()).sort());
    expect([undecided(), lines]).toEqual([undefined, []]);
  });

  test("is told about once when it begins to fail, and once when it ceases to", async () => {
    const broken = faulty(memory());
    const { backend, undecided, lines, clock } = watching(broken);
    broken.faults.down();
    for (let n = 0; n < 3; n++) await expect(backend.consume([charge])).rejects.toThrow("injected fault");
    expect(undecided()).toEqual({ sinceMs: 1_000, code: "SLUICE_BACKEND_FAILED" });
    broken.faults.heal();
    clock.nowMs = 3_500;
    for (let n = 0; n < 3; n++) await backend.consume([charge]);
    expect(undecided()).toBeUndefined();
    expect(lines).toEqual([
      [
        "error",
        { backend: "memory", err: expect.any(Error) },
        "the backend fails: the failure rules hold until it answers",
      ],
      ["info", { backend: "memory", troubleMs: 2_500 }, "the backend answers again"],
    ]);
  });

  test("gives the code of the failure heard of last, since the first", async () => {
    const { backend, calls } = byHand();
    const watched = watching(backend);
    for (const code of ["SLUICE_BACKEND_TIMEOUT", "SLUICE_BACKEND_UNREACHABLE"]) {
      const answer = watched.backend.consume([charge]);
      calls.at(-1)?.fail(new SluiceError(code, "x"));
      await expect(answer).rejects.toThrow();
      watched.clock.nowMs += 50;
    }
    expect(watched.undecided()).toEqual({ sinceMs: 1_000, code: "SLUICE_BACKEND_UNREACHABLE" });
  });

  test("that throws at once fails as well", () => {
    const { backend, undecided } = watching({
      ...memory(),
      consume: () => {
        throw new Error("disk");
      },
    });
    expect(() => backend.consume([charge])).toThrow("disk");
    expect(undecided()).toMatchObject({ code: "SLUICE_BACKEND_FAILED" });
  });

  test("is judged by the call begun last: what ends late is old news", async () => {
    const { backend, calls } = byHand();
    const watched = watching(backend);
    const answers = [1, 2, 3].map(() => Promise.resolve(watched.backend.consume([charge])));
    const settled = Promise.allSettled(answers);
    calls[1]?.answer();
    await answers[1];
    calls[0]?.fail();
    await Promise.allSettled([answers[0]]);
    expect(watched.undecided()).toBeUndefined();
    calls[2]?.fail();
    await settled;
    expect(watched.undecided()).toMatchObject({ code: "SLUICE_BACKEND_TIMEOUT" });
    expect(watched.lines).toHaveLength(1);
  });

  test("has not answered when a remembered denial has", async () => {
    const { backend, calls } = byHand();
    const watched = watching(backend);
    for (const end of ["fail", "cache", "answer"] as const) {
      const answer = Promise.resolve(watched.backend.consume([charge]));
      const [call] = calls.slice(-1);
      if (end === "fail") call?.fail();
      else call?.answer(end === "cache" ? "cache" : undefined);
      await Promise.allSettled([answer]);
      expect(watched.undecided() === undefined, end).toBe(end === "answer");
    }
    expect(watched.lines).toHaveLength(2);
  });

  test("is not blamed for mistakes", async () => {
    const { backend, calls } = byHand();
    const watched = watching(backend);
    const answer = watched.backend.consume([charge]);
    calls[0]?.fail(new ConfigError("SLUICE_COST", "a cost", -1, "Use 1."));
    await expect(answer).rejects.toThrow("SLUICE_COST");
    expect([watched.undecided(), watched.lines]).toEqual([undefined, []]);
  });

  test("that decides and does not settle is in another trouble", async () => {
    const own = memory();
    const { backend, undecided, unsettled, lines } = watching({
      ...own,
      settle: () => Promise.reject(new SluiceError("SLUICE_BACKEND_REFUSED", "no")),
    });
    const { decisions } = await backend.consume([charge]);
    for (const decision of decisions) await expect(backend.settle?.([{ decision, cost: 0 }])).rejects.toThrow();
    await backend.consume([charge]);
    expect([undecided(), unsettled()]).toEqual([undefined, { sinceMs: 1_000, code: "SLUICE_BACKEND_REFUSED" }]);
    expect(lines).toHaveLength(1);
  });
});
