import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { farewellMs } from "../../src/listening.ts";
import { type AppProcess, endProcesses, installed, startProcess } from "../app-process.ts";

const folder = mkdtempSync(join(tmpdir(), "feeds-"));
afterAll(() => {
  endProcesses();
  rmSync(folder, { recursive: true });
});

const body = JSON.stringify({ title: "Last words", content: "x" });

/** A request with a body, of which the first half is sent at once. */
function halfSent(port: number) {
  const socket = connect(port, "127.0.0.1");
  const answer = text(socket);
  socket.write(
    `POST /api/feeds/news/entries HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer demo-free\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  return { answer, sendRest: () => socket.write(body.slice(5)) };
}

/** A request that was sent, and its status or why there is none. */
interface Asked {
  readonly sentMs: number;
  readonly outcome: number | string;
}

/** Asks over kept connections until each has been told that it closes, or was closed. */
async function askUntilClosed(port: number, all: Asked[]): Promise<void> {
  const ask = (agent: Agent) =>
    new Promise<boolean>((resolve) => {
      const sentMs = performance.now();
      get({ agent, port, path: "/public/pro/news", headers: { "If-None-Match": "*" } }, (response) => {
        all.push({ sentMs, outcome: response.statusCode ?? 0 });
        response.resume().once("end", () => resolve(response.headers.connection === "close"));
      }).once("error", ({ message }) => {
        all.push({ sentMs, outcome: message });
        resolve(true);
      });
    });
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (!(await ask(agent)));
      agent.destroy();
    }),
  );
}

const isEnding = ({ log }: AppProcess) =>
  expect.poll(() => log().map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/^ending: /));

describe.each(installed)("on $name, told to end, a process", { timeout: 30_000 }, ({ name }) => {
  test("finishes what is under way, and loses nothing", async () => {
    const path = join(folder, `${name}.sqlite`);
    const app = startProcess({ DATABASE_PATH: path }, name);
    const port = await app.listening;
    await fetch(`http://127.0.0.1:${port}/public/free/news`, { headers: { "User-Agent": "reader/1" } });
    const post = halfSent(port);
    // Once another request has been answered, the half of this one has arrived. Its connection is kept, and idle.
    await fetch(`http://127.0.0.1:${port}/health`);
    app.child.kill("SIGTERM");
    await isEnding(app);
    // Longer than what is idle is left open.
    await sleep(200);
    post.sendRest();
    const answer = await post.answer;
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toMatch(/^connection: close\r$/im);

    const { code, stdout, stderr } = await app.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain('"signal":"SIGTERM"');
    expect(stdout).toContain('"tokens":["demo-admin","demo-enterprise","demo-free","demo-pro"]');
    expect(stdout).not.toContain("Bearer");
    expect(stdout.trimEnd().split("\n").at(-1)).toContain('"msg":"ended"');

    const database = new DatabaseSync(path);
    expect(database.prepare("select title from entries order by published_at_ms desc limit 1").get()).toEqual({
      title: "Last words",
    });
    // Beside the history that came with the demo data.
    const own = "select address, status from sluice_feed_access where user_agent = 'reader/1'";
    expect(database.prepare(own).all()).toEqual([{ address: "127.0.0.1", status: 200 }]);
    database.close();
  });

  test("answers everything it is asked over kept connections, and is gone soon", async () => {
    const app = startProcess({}, name);
    const asked: Asked[] = [];
    const asking = askUntilClosed(await app.listening, asked);
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThan(20);
    const toldMs = performance.now();
    app.child.kill("SIGTERM");
    await asking;
    // Whoever is slower finds its connection closed: it has been idle for longer than the app waits.
    const inTime = asked.filter(({ sentMs }) => sentMs < toldMs + farewellMs);
    expect(new Set(inTime.map(({ outcome }) => outcome))).toEqual(new Set([304]));
    expect(await app.ended).toMatchObject({ code: 0, stderr: "" });
    expect(performance.now() - toldMs, "nothing holds it up").toBeLessThan(8_000);
  });

  test("ends at once when it is told again", async () => {
    const app = startProcess({}, name);
    const { answer } = halfSent(await app.listening);
    await fetch(`http://127.0.0.1:${await app.listening}/health`);
    app.child.kill("SIGTERM");
    await isEnding(app);
    app.child.kill("SIGTERM");
    expect((await app.ended).code).toBeNull();
    expect(await answer.catch(() => "")).toBe("");
  });
});

describe("on Node, told to end, a process", { timeout: 30_000 }, () => {
  test("accepts nobody any more, and finishes what has been begun on a kept connection", async () => {
    const app = startProcess();
    const port = await app.listening;
    const post = halfSent(port);
    const kept = connect(port, "127.0.0.1");
    const next = text(kept);
    kept.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea");
    await fetch(`http://127.0.0.1:${port}/health`);
    app.child.kill("SIGTERM");
    await expect.poll(() => refused(port)).toBe(true);
    kept.write("lth HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const connections = (await next).match(/^connection: .*$/gim)?.map((line) => line.toLowerCase());
    expect(connections).toEqual(["connection: keep-alive", "connection: close"]);
    post.sendRest();
    expect(await post.answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(await app.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

async function refused(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    () => false,
    () => true,
  );
}
