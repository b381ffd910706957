import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { redis } from "@sluice/core/redis";
import { sqlite } from "@sluice/core/sqlite";
import { leases, type Runs } from "@sluice/outbound";
import { hasRedis, redisClient, startRedis } from "@sluice/test-services/redis";
import { afterAll, describe, expect, it } from "vitest";
import { end } from "./end.ts";
import { effectStore, type Order, type Orders, type Told, ttlMs } from "./lease-process.ts";

const program = fileURLToPath(new URL("lease-process.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-lease-"));
const started: ChildProcess[] = [];

afterAll(async () => {
  await Promise.all(started.map(end));
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly told: Told[];
}

function start(orders: Orders): Running {
  const child = fork(program, [JSON.stringify(orders)], { execArgv: [] });
  started.push(child);
  const told: Told[] = [];
  child.on("message", (message: Told) => told.push(message));
  return { child, told };
}

/** Resolves as soon as a process tells this of a run. */
function hears({ child }: Running, type: Told["type"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const heard = (told: Told): void => {
      if (told.type === type) settle(resolve);
    };
    const timer = setTimeout(() => settle(() => reject(new Error(`no process told "${type}" within 15 s`))), 15_000);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      child.off("message", heard);
      then();
    };
    child.on("message", heard);
  });
}

function tell({ child }: Running, order: Order): void {
  child.send(order);
}

interface Effect {
  readonly fence: number;
  readonly instant: number;
  readonly pid: number;
}

function effects(path: string, table: "fenced" | "unfenced"): readonly Effect[] {
  const { database } = effectStore(path);
  const rows = database.prepare(`SELECT fence, instant, pid FROM ${table} ORDER BY nth`).all();
  database.close();
  return rows as unknown as Effect[];
}

/** The runs in the order of their effects; more runs than fences would be effects that overlap. */
function runsOf(rows: readonly Effect[]): readonly Effect[] {
  return rows.filter((row, i) => row.fence !== rows[i - 1]?.fence);
}

/**
 * Lets whichever of two processes runs next stop in the middle, until its lease is over and the other has run, and then go
 * on: so many times, with the roles as they fall.
 */
async function stall(times: number, orders: Orders): Promise<readonly Running[]> {
  effectStore(orders.effects).database.close();
  const both = [start(orders), start(orders)] as const;
  for (let stalls = 0; stalls < times; stalls++) {
    for (const one of both) tell(one, "stop");
    const victim = await Promise.race(both.map(async (one) => await hears(one, "stops").then(() => one)));
    const other = victim === both[0] ? both[1] : both[0];
    tell(other, "go on");
    await hears(other, "began");
    victim.child.kill("SIGCONT");
    await hears(victim, "ended");
    await wait(ttlMs);
  }
  await Promise.all(both.map(({ child }) => end(child)));
  return both;
}

/** What has to hold whatever was stopped, and when. */
function checkEffects(path: string, runs: Runs): void {
  for (const table of ["fenced", "unfenced"] as const) {
    const all = runsOf(effects(path, table));
    expect(all.length, table).toBeGreaterThanOrEqual(3);
    expect(new Set(all.map(({ pid }) => pid)).size, table).toBe(2);
    // No effect of one run lies between those of another, and none comes after those of a newer one.
    const fences = all.map(({ fence }) => fence);
    expect(fences, table).toEqual([...new Set(fences)].sort((a, b) => a - b));
    const instants = all.map(({ instant }) => instant);
    expect(instants, table).toEqual([...new Set(instants)].sort((a, b) => a - b));
  }
  // One more may have begun when its process was killed.
  expect(runs.runs).toBeGreaterThanOrEqual(runsOf(effects(path, "fenced")).length);
}

const lost = { type: "error", code: "SLUICE_LEASE_LOST" };

describe.concurrent("two schedulers on one lease, one of them stopped past its life", () => {
  it("do nothing at the same time, and the stale writes of a job that ignores its signal are refused", async () => {
    const [file, path] = [join(folder, "leases.sqlite"), join(folder, "ignores.sqlite")];
    const both = await stall(2, { leases: { sqlite: file }, effects: path, job: "ignores" });
    const told = both.flatMap((one) => one.told);
    expect(told).toContainEqual(lost);
    expect(told).toContainEqual(expect.objectContaining({ type: "ended", aborted: true, refused: expect.any(Number) }));
    const refused = told.reduce((sum, each) => sum + (each.type === "ended" ? each.refused : 0), 0);
    // Twice a run was stopped after the first of its five steps; on a busy machine others may lose their lease, too.
    expect(refused).toBeGreaterThanOrEqual(8);
    const database = new DatabaseSync(file);
    const runs = await leases({ backend: sqlite(database) }).runs("job");
    database.close();
    checkEffects(path, runs);
    expect(runs.lost).toBeGreaterThanOrEqual(2);
  });

  it("do nothing at the same time on a Redis server either", { skip: !hasRedis }, async () => {
    const server = await startRedis();
    const client = redisClient(server.url);
    try {
      const path = join(folder, "heeds.sqlite");
      const both = await stall(1, { leases: { redis: server.url }, effects: path, job: "heeds" });
      const told = both.flatMap((one) => one.told);
      // A call that was under way when its process was stopped may fail as well, and then nothing ran.
      expect(told).toContainEqual(lost);
      checkEffects(path, await leases({ backend: redis(client) }).runs("job"));
    } finally {
      client.disconnect();
      await server.stop();
    }
  });
});
