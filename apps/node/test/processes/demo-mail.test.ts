import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "demo-mail-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Runs the demo as a process of its own. */
function demo(...args: string[]) {
  const { INIT_CWD: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/demo-mail.ts", ...args], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env,
  });
  children.push(child);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "exit").then(async ([code, signal]) => {
    return { code, signal, stdout: await stdout, stderr: await stderr };
  });
  /** Resolves once so many mails have been shown as sent. */
  const sent = (least: number): Promise<void> =>
    new Promise((resolve, reject) => {
      void ended.then(({ stderr }) => reject(new Error(`ended before ${least} mails were sent: ${stderr}`)));
      child.stdout.on("data", (chunk) => {
        const [, count = 0] = /sent\s+(\d+)\/80/.exec(String(chunk)) ?? [];
        if (Number(count) >= least) resolve();
      });
    });
  return { child, ended, sent };
}

/** What the SMTP server took, by its own file. */
function accepted(data: string): { readonly from: string; readonly to: string; readonly atMs: number }[] {
  const database = new DatabaseSync(join(data, "smtp.sqlite"), { readOnly: true });
  const rows = database.prepare("select sender as 'from', recipient as 'to', at_ms as atMs from accepted").all();
  database.close();
  return rows as unknown as ReturnType<typeof accepted>;
}

describe("the mail demo", { timeout: 60_000 }, () => {
  test("goes on where it was killed, and breaks no limit", async () => {
    const data = mkdtempSync(join(folder, "killed-"));
    const first = demo("--data", data, "--speed", "2000");
    // One more: the last one shown may still be on its way.
    await first.sent(26);
    first.child.kill("SIGKILL");
    expect((await first.ended).signal).toBe("SIGKILL");
    const before = accepted(data).length;
    expect(before).toBeGreaterThanOrEqual(25);

    const { code, stdout, stderr } = await demo("--data", data, "--speed", "2000").ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [, gone] = /^Goes on where the run before was killed: (\d+) of 80 mails have left\./.exec(stdout) ?? [];
    expect([before, before + 1]).toContain(Number(gone));
    expect(stdout).toMatch(/\nNo limit was broken\. The next start begins anew\.\n$/);

    const mails = accepted(data);
    // One mail may have been on its way when the run was killed; no mail is sent twice.
    expect([79, 80]).toContain(mails.length);
    expect(new Set(mails.map(({ to }) => to)).size).toBe(mails.length);
    expect(stdout).toContain(`the server accepted    ${mails.length} mails`);
    const firstDay = mails.filter(({ atMs }) => atMs < Date.UTC(2027, 4, 12));
    const most = {
      "ada@lantern.example": 5,
      "ben@lantern.example": 10,
      "cleo@lantern.example": 15,
      "dora@lantern.example": 20,
    };
    for (const [inbox, limit] of Object.entries(most)) {
      const sent = firstDay.filter(({ from }) => from === inbox).length;
      expect(sent, inbox).toBeGreaterThan(0);
      expect(sent, inbox).toBeLessThanOrEqual(limit);
    }
    for (const { atMs: from } of mails) {
      expect(mails.filter(({ atMs }) => atMs >= from && atMs < from + 3_600_000).length).toBeLessThanOrEqual(20);
    }
  });

  test("holds at Ctrl-C, goes on, and begins anew when it is told to", async () => {
    const data = mkdtempSync(join(folder, "stopped-"));
    const first = demo("--data", data, "--speed", "2000");
    await first.sent(5);
    const other = await demo("--data", data).ended;
    expect(other).toMatchObject({ code: 1, stdout: "" });
    expect(other.stderr).toBe(`Another run works in ${data}. End it first, or give this one a folder: --data other\n`);
    first.child.kill("SIGINT");
    expect(await first.ended).toMatchObject({
      code: 130,
      stderr: "",
      stdout: expect.stringMatching(
        /\nStopped by SIGINT at \d\d:\d\d on Tue 11 May\. The next start goes on from here\.\n$/,
      ),
    });

    const second = demo("--data", data, "--speed", "2000");
    await second.sent(6);
    second.child.kill("SIGTERM");
    expect(await second.ended).toMatchObject({
      code: 143,
      stdout: expect.stringMatching(/^Goes on where the run before was stopped: \d+ of 80 mails have left\./),
    });

    const third = demo("--data", data, "--fresh", "--speed", "2000");
    await third.sent(1);
    third.child.kill("SIGINT");
    expect((await third.ended).stdout).toMatch(/^Eighty mails, /);
  });
});
