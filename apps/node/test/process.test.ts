import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { endProcesses, startProcess as start } from "./app-process.ts";

const folder = mkdtempSync(join(tmpdir(), "feeds-"));
afterAll(() => {
  endProcesses();
  rmSync(folder, { recursive: true });
});

/** Sends bytes as they are, since fetch would refuse to, and resolves with everything that came back. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (chunk) => {
      received += chunk;
    });
    // A server that refuses to read on may reset the connection once it has answered.
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
    socket.write(bytes, "latin1");
  });
}

describe("a process that cannot start says why, in one line for each reason", { timeout: 30_000 }, () => {
  test("mistaken settings", async () => {
    const { ended } = start({ PORT: "http", RATE_LIMIT_BACKEND: "redis" });
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trimEnd().split("\n")).toEqual([
      'PORT="http" has to be a whole number from 0 to 65535.',
      'RATE_LIMIT_BACKEND="redis" needs REDIS_URL, the address of the server, such as redis://127.0.0.1:6379.',
    ]);
  });

  test("a port in use", async () => {
    const first = start({});
    const port = await first.listening;
    const { code, stderr } = await start({ PORT: String(port) }).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `127.0.0.1:${port} is in use already; stop the other program, or set PORT to another number.\n`,
    );
    first.child.kill();
    expect((await first.ended).code).toBe(0);
  });

  test("a database that cannot be opened", async () => {
    const { code, stderr } = await start({ DATABASE_PATH: folder }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATABASE_PATH=".*" cannot be opened: .*\n$/);
  });
});

describe("a process that runs", { timeout: 30_000 }, () => {
  test("refuses what is not HTTP, and headers without end", async () => {
    const { child, ended, listening } = start({});
    const port = await listening;
    const request = (lines: string) =>
      sendRaw(port, `GET /public/free/news HTTP/1.1\r\nConnection: close\r\n${lines}\r\n\r\n`);
    expect(await request("Host: localhost")).toMatch(/^HTTP\/1\.1 200 /);
    expect(await request(`Host: localhost\r\nX-Long: ${"x".repeat(65_536)}`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await request("Host: localhost\r\nUser-Agent: a\0b")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await request("Host: a b/c")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sendRaw(port, "GET /public/\0/news HTTP/1.1\r\nHost: localhost\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sendRaw(port, "GET /%zz?%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 404 /,
    );
    expect(await sendRaw(port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    const head = await sendRaw(port, "HEAD /public/free/news HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 200 [\s\S]*content-length: \d{5}[\s\S]*\r\n\r\n$/i);
    child.kill();
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  test("finishes what is under way when it is told to end, and loses nothing", async () => {
    const path = join(folder, "feeds.sqlite");
    const { child, ended, listening } = start({ DATABASE_PATH: path });
    const port = await listening;
    await fetch(`http://127.0.0.1:${port}/public/free/news`, { headers: { "User-Agent": "reader/1" } });

    const body = JSON.stringify({ title: "Last words", content: "x" });
    const socket = connect(port, "127.0.0.1");
    const answer = text(socket);
    socket.write(
      `POST /api/feeds/news/entries HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer demo-free\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    // A connection that is kept, and has begun to ask again.
    const kept = connect(port, "127.0.0.1");
    const next = text(kept);
    kept.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea");
    // Once another request has been answered, the half of these has arrived.
    await fetch(`http://127.0.0.1:${port}/health`);
    child.kill("SIGTERM");
    await expect.poll(() => refused(port)).toBe(true);
    kept.write("lth HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.write(body.slice(5));
    expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
    const connections = (await next).match(/^connection: .*$/gim)?.map((line) => line.toLowerCase());
    expect(connections).toEqual(["connection: keep-alive", "connection: close"]);

    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain('"signal":"SIGTERM"');
    expect(stdout).toContain('"tokens":["demo-admin","demo-enterprise","demo-free","demo-pro"]');
    expect(stdout).not.toContain("Bearer");

    const database = new DatabaseSync(path);
    expect(database.prepare("select title from entries order by published_at_ms desc limit 1").get()).toEqual({
      title: "Last words",
    });
    expect(database.prepare("select address, user_agent, status from access_log").all()).toEqual([
      { address: "127.0.0.1", user_agent: "reader/1", status: 200 },
    ]);
    database.close();
  });
});

async function refused(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    () => false,
    () => true,
  );
}
