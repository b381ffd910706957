import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { openLedger } from "../../scripts/demo-outbound/ledger.ts";
import { addressees, services } from "../../scripts/demo-outbound/offer.ts";
import { doneOf, mostWithin, repeatedOf } from "../../scripts/demo-outbound/tally.ts";
import { everybody, serviceNames } from "../../scripts/demo-outbound/world.ts";

const folder = mkdtempSync(join(tmpdir(), "demo-outbound-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const prospects = 25;

/** Runs the demo as a process of its own, with fewer prospects: one list in place of six, and one service down as it comes. */
function demo(...args: string[]) {
  const { INIT_CWD: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "scripts/demo-outbound.ts", "--speed", "3000", "--prospects", String(prospects), ...args],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)), env },
  );
  children.push(child);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "exit").then(async ([code, signal]) => {
    return { code, signal, stdout: await stdout, stderr: await stderr };
  });
  return { child, ended };
}

/** Resolves once so many prospects have been found in a folder. */
async function found(data: string, least: number, ended: Promise<{ readonly stderr: string }>): Promise<void> {
  let end: string | undefined;
  void ended.then(({ stderr }) => {
    end = stderr;
  });
  for (;;) {
    if (end !== undefined) throw new Error(`ended before ${least} prospects were found: ${end}`);
    if (states(data).filter((state) => state !== "pending").length >= least) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How far the product's own database is; nothing while there is none. */
function states(data: string): readonly string[] {
  try {
    const database = new DatabaseSync(join(data, "product.sqlite"), { readOnly: true });
    try {
      return database
        .prepare("select email_state from prospects")
        .all()
        .map((row) => String(row["email_state"]));
    } finally {
      database.close();
    }
  } catch {
    return [];
  }
}

describe("the outbound demo", { timeout: 90_000 }, () => {
  test("goes on where it was killed and where it was stopped, and nothing is banned, lost or done twice", async () => {
    const data = join(folder, "data");
    const first = demo("--data", data);
    await found(data, 1, first.ended);
    first.child.kill("SIGKILL");
    expect((await first.ended).signal).toBe("SIGKILL");
    const before = states(data).filter((state) => state !== "pending").length;

    const second = demo("--data", data);
    await found(data, before + 10, second.ended);
    second.child.kill("SIGINT");
    const stopped = await second.ended;
    expect(stopped).toMatchObject({ code: 130, stderr: "" });
    expect(stopped.stdout).toMatch(
      /^Goes on where the run before was killed: \d\d:\d\d on Tue 11 May, 25 prospects\. --fresh/,
    );
    expect(stopped.stdout).toMatch(
      /\nStopped by SIGINT at \d\d:\d\d on Tue 11 May\. The next start goes on from here\.\n$/,
    );

    const { code, stdout, stderr } = await demo("--data", data).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Goes on where the run before was stopped/);
    expect(stdout).toMatch(
      /\nNothing was banned, nothing was lost, no limit was broken\. The next start begins anew\.\n$/,
    );

    // By what the services wrote down themselves.
    const ledger = openLedger(join(data, "services.sqlite"));
    const calls = ledger.calls();
    expect(ledger.offences().map(({ refused, bans }) => refused + bans)).toEqual([0, 0, 0, 0]);
    ledger.close();
    for (const name of serviceNames) {
      const { limit, windowMs } = services[name];
      expect(
        mostWithin(
          calls.filter(({ service }) => service === name),
          windowMs,
        ),
        name,
      ).toBeLessThanOrEqual(limit);
    }
    expect(mostWithin(calls, 3_600_000)).toBeLessThanOrEqual(100);
    const world = everybody(prospects);
    const asked = (service: string) =>
      new Set(
        doneOf(calls)
          .filter((call) => call.service === service)
          .map(({ subject }) => subject),
      );
    expect(asked("grok")).toEqual(new Set(world.filter(({ site }) => site !== undefined).map(({ n }) => n)));
    expect(asked("supabase").size).toBe(prospects);
    expect(repeatedOf(calls).length).toBeLessThanOrEqual(2);
    // The outage and what goes wrong now and then were there to be met.
    expect(calls.filter(({ status }) => status === 503).length).toBeGreaterThan(5);

    const mail = new DatabaseSync(join(data, "smtp.sqlite"), { readOnly: true });
    const accepted = mail
      .prepare("select recipient from accepted")
      .all()
      .map((row) => row["recipient"]);
    mail.close();
    const wanted = addressees(prospects).length;
    expect([wanted - 1, wanted]).toContain(accepted.length);
    expect(new Set(accepted).size).toBe(accepted.length);
  });
});
