import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sqlite } from "@sluice/core/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newFiles } from "./sqlite-files.ts";
import { libraries } from "./sqlite-libraries.ts";
import { type Asked, chargeOf, type Order, type Told } from "./sqlite-worker.ts";

const program = fileURLToPath(new URL("sqlite-worker.ts", import.meta.url));
const newFile = newFiles();
const started: ChildProcess[] = [];

/** A process that is ready, on this file. */
async function start(library: string, path: string): Promise<ChildProcess> {
  const child = fork(program, [library, path], { execArgv: [] });
  started.push(child);
  await once(child, "message");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function ask(child: ChildProcess, order: Order): Promise<Told> {
  child.send(order);
  const [answer] = await once(child, "message");
  return answer;
}

const unit = (policy: string, limit: number): Asked => ({ policy, limit, key: "everybody" });

describe("eight processes on one file, half of them with each library", { timeout: 30_000 }, () => {
  const path = newFile();
  const half = Object.keys(libraries);
  let workers: readonly ChildProcess[] = [];

  beforeAll(async () => {
    // The file is new: they all want to make its table at once.
    workers = await Promise.all(Array.from({ length: 8 }, (_, i) => start(half[i % half.length] as string, path)));
  }, 30_000);

  afterAll(async () => {
    await Promise.all(started.map(kill));
  });

  /** How many units of a limit are left, as this process sees it; the file has to be whole. */
  function left(asked: Asked): number {
    const database = (libraries["node:sqlite"] as (typeof libraries)[string])(path);
    const { decisions } = sqlite(database).consume([{ ...chargeOf(asked), cost: 0 }]);
    expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    database.close();
    return decisions[0]?.remaining ?? Number.NaN;
  }

  it("admit exactly what fits, and charge together or not at all", async () => {
    const [one, wide, narrow, single] = [unit("one", 300), unit("wide", 900), unit("narrow", 250), unit("single", 1)];
    const questions = [[one], [wide, narrow], [{ ...wide, key: "other" }, single]];
    // Two in three are denied, so that denials and charges meet all the time.
    const answers = await Promise.all(workers.map((child) => ask(child, { do: "ask", times: 100, questions })));
    expect(answers.flatMap(({ failed }) => failed)).toEqual([]);
    const admitted = questions.map((_, i) => answers.reduce((sum, told) => sum + (told.admitted[i] ?? 0), 0));
    expect(admitted).toEqual([300, 250, 1]);
    expect([one, wide, narrow].map(left)).toEqual([0, 650, 0]);
    // One success and 799 denials of the second limit have charged the first one once.
    expect(left({ ...wide, key: "other" })).toBe(899);
  });

  it("take one name from each other, and no fence is granted twice", async () => {
    // None of them has asked for a lease before: they all want to make the table at once.
    const answers = await Promise.all(workers.map((child) => ask(child, { do: "lease", times: 200, name: "job" })));
    expect(answers.flatMap(({ failed }) => failed)).toEqual([]);
    const fences = answers.flatMap(({ fences = [] }) => fences);
    expect(fences.length).toBeGreaterThan(100);
    expect(new Set(fences).size).toBe(fences.length);
    for (const { fences: own = [] } of answers) expect(own).toEqual(own.toSorted((a, b) => a - b));
  });

  it("have counted what they acknowledged when they are killed, and the others go on", async () => {
    const asked = unit("many", 1_000_000);
    const victims = workers.slice(0, 4).map((child) => ({ child, file: newFile() }));
    for (const { child, file } of victims) child.send({ do: "acknowledge", asked, file } satisfies Order);
    const acknowledged = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    let admitted = 0;
    for (const [i, { child, file }] of victims.entries()) {
      // Whatever it is doing by then, while the other victims charge the same counter.
      while (acknowledged(file) < 20 + 33 * i) await wait(2);
      await kill(child);
      const answer = await ask(workers[7] as ChildProcess, { do: "ask", times: 20, questions: [[asked]] });
      expect(answer.failed).toEqual([]);
      admitted += answer.admitted[0] ?? 0;
    }
    const counted = 1_000_000 - left(asked);
    const told = admitted + victims.reduce((sum, { file }) => sum + acknowledged(file), 0);
    expect(admitted).toBe(80);
    expect(counted).toBeGreaterThanOrEqual(told);
    // Each may have died between its last charge and its last word.
    expect(counted).toBeLessThanOrEqual(told + victims.length);
  });

  it("leave their counts to those that come after", async () => {
    const five: Order = { do: "ask", times: 3, questions: [[unit("five", 5)]] };
    await Promise.all(workers.slice(0, 7).map(kill));
    expect(await ask(workers[7] as ChildProcess, five)).toEqual({ admitted: [3], failed: [] });
    await kill(workers[7] as ChildProcess);
    expect(await ask(await start("node:sqlite", path), five)).toEqual({ admitted: [2], failed: [] });
    expect(left(unit("five", 5))).toBe(0);
  });
});
