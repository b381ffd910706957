import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { hasRedis, startRedis } from "@sluice/test-services/redis";
import { afterAll, describe, expect, it } from "vitest";
import { type BreakerAnswer, type BreakerOrder, type Kept, openMs, probeTimeoutMs } from "./breaker-process.ts";
import { end } from "./end.ts";

const program = fileURLToPath(new URL("breaker-process.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-breaker-"));
const started: ChildProcess[] = [];

afterAll(async () => {
  await Promise.all(started.map(end));
  rmSync(folder, { recursive: true });
});

function start(kept: Kept): ChildProcess {
  const child = fork(program, [JSON.stringify(kept)], { execArgv: [] });
  started.push(child);
  return child;
}

async function tell(child: ChildProcess, order: BreakerOrder): Promise<BreakerAnswer> {
  const answered = once(child, "message", { signal: AbortSignal.timeout(20_000) });
  child.send(order);
  return (await answered)[0] as BreakerAnswer;
}

const tellAll = (all: readonly ChildProcess[], order: BreakerOrder): Promise<BreakerAnswer[]> =>
  Promise.all(all.map((child) => tell(child, order)));

const sum = (answers: readonly BreakerAnswer[]) => ({
  probes: answers.reduce((all, { probes }) => all + probes, 0),
  calls: answers.reduce((all, { calls }) => all + calls, 0),
});

/** Opens it in one process, probes in all, kills one with a probe under way, and lets the others close it. */
async function walk(kept: Kept): Promise<void> {
  const all = Array.from({ length: 4 }, () => start(kept));
  // Whoever is up has looked: nobody starts late.
  expect(sum(await tellAll(all, "ask"))).toEqual({ probes: 0, calls: 100 });
  const [{ state: opened }] = (await tellAll(all.slice(0, 1), "fail")) as [BreakerAnswer];
  expect(opened).toMatchObject({ phase: "open", generation: 1, isShared: true });
  await wait(openMs + 100);
  const first = await tellAll(all, "ask");
  expect(sum(first)).toEqual({ probes: 3, calls: 0 });

  const dying = first.findIndex(({ probes }) => probes > 0);
  const lost = first[dying]?.probes ?? 0;
  await end(all[dying] as ChildProcess);
  const alive = all.filter((_, i) => i !== dying);
  await tellAll(alive, "succeed");
  expect(sum(await tellAll(alive, "ask")), "its places are still taken").toEqual({ probes: 0, calls: 0 });
  await wait(probeTimeoutMs);
  expect(sum(await tellAll(alive, "ask")), "its places are free").toEqual({ probes: lost, calls: 0 });
  await tellAll(alive, "succeed");
  for (const { state } of await tellAll(alive, "state")) {
    expect(state).toMatchObject({ phase: "closed", generation: 3, isShared: true });
  }
  expect(sum(await tellAll(alive, "ask"))).toEqual({ probes: 0, calls: 75 });
}

describe.concurrent("four processes with one breaker, one of them killed while it probes", () => {
  it("let out so many probes in all, on a file", async () => {
    await walk({ sqlite: join(folder, "breaker.sqlite") });
  });

  it("let out so many probes in all, on a Redis server", { skip: !hasRedis }, async () => {
    const server = await startRedis();
    try {
      await walk({ redis: server.url });
    } finally {
      await server.stop();
    }
  });
});
