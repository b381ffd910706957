/** The stream of live counts: what it says, when it ends, and how many there can be. */

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { testConsole } from "../../test/whole-console.ts";
import { type LiveStreamOptions, liveStream } from "./live-stream.ts";

const counts = { atMs: 1, minuteMs: 0, limiters: { api: { allowed: 3, denied: 1 } }, before: {} };

function streaming(options: LiveStreamOptions, live: () => Promise<typeof counts> = async () => counts) {
  const asked = vi.fn(live);
  const app = liveStream({ live: asked }, { everyMs: 10, ...options });
  return { asked, watch: () => app.request("/live"), app };
}

/** Reads until the stream ends. */
async function all(answer: Response): Promise<string> {
  return answer.text();
}

describe("the stream", () => {
  test("says the counts now and then, and when to come back", async () => {
    const { watch } = streaming({ longestMs: 300 });
    const answer = await watch();
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "text/event-stream"]);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const [first, ...rest] = (await all(answer)).trimEnd().split("\n\n");
    expect(first).toBe(`data: ${JSON.stringify(counts)}\nretry: 10`);
    expect(rest.length).toBeGreaterThan(0);
    for (const each of rest) expect(each).toBe(`data: ${JSON.stringify(counts)}`);
  });

  test("ends when the client goes, and asks nothing more", async () => {
    const { watch, asked } = streaming({ everyMs: 5, most: 1 });
    const reader = (await watch()).body?.getReader();
    await reader?.read();
    expect((await watch()).status).toBe(503);
    await reader?.cancel();
    await vi.waitFor(async () => {
      const next = await watch();
      expect(next.status).toBe(200);
      await next.body?.cancel();
    });
    await sleep(20);
    const so = asked.mock.calls.length;
    await sleep(50);
    expect(asked.mock.calls.length).toBe(so);
  });

  test("gives its place back at once when the client goes before there is an answer", async () => {
    const { watch } = streaming({ most: 1 }, () => new Promise(() => {}));
    const first = await watch();
    expect((await watch()).status).toBe(503);
    await first.body?.cancel();
    const next = await watch();
    expect(next.status).toBe(200);
    await next.body?.cancel();
  });

  test("holds its place no longer than it may last, though nobody heard of its end", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { watch } = streaming({ most: 1, longestMs: 60_000 });
    const first = await watch();
    vi.setSystemTime(Date.now() + 59_999);
    expect((await watch()).status).toBe(503);
    vi.setSystemTime(Date.now() + 1);
    const next = await watch();
    vi.useRealTimers();
    expect(next.status).toBe(200);
    await Promise.all([first, next].map(({ body }) => body?.cancel()));
  });

  test("ends also for a client that reads nothing", async () => {
    const { watch } = streaming({ longestMs: 30, most: 1 });
    const idle = await watch();
    expect((await watch()).status).toBe(503);
    await vi.waitFor(async () => expect((await watch()).status).toBe(200));
    await idle.body?.cancel();
  });

  test("is for so many at a time: others are told to poll", async () => {
    const { watch } = streaming({ everyMs: 2_000, most: 3 });
    const open = await Promise.all([watch(), watch(), watch()]);
    const fourth = await watch();
    expect([fourth.status, fourth.headers.get("Retry-After"), await fourth.json()]).toEqual([
      503,
      "2",
      expect.objectContaining({ code: "too-many-streams" }),
    ]);
    await Promise.all(open.map(({ body }) => body?.cancel()));
  });

  test("says that the database is away, and goes on", async () => {
    let calls = 0;
    const { watch } = streaming({ longestMs: 55 }, async () => {
      calls += 1;
      if (calls === 1) throw new Error("secret.db is locked");
      return counts;
    });
    const text = await all(await watch());
    expect(text).toMatch(/^event: trouble\ndata: The database does not answer\.\nretry: 10\n\ndata: \{"atMs"/);
    expect(text).not.toMatch(/secret/);
  });

  test("is not begun for whoever asks for its head", async () => {
    const { app, asked } = streaming({});
    const head = await app.request("/live", { method: "HEAD" });
    expect([head.status, asked.mock.calls.length]).toEqual([200, 0]);
  });

  test("is one question to the database for all who watch in the console", async () => {
    const it = await testConsole();
    const headers = await it.login();
    it.database.statements.splice(0);
    const open = await Promise.all(Array.from({ length: 20 }, () => it.app.request("/admin/live", { headers })));
    const first = await Promise.all(open.map((answer) => answer.body?.getReader().read()));
    expect(new Set(first.map((part) => new TextDecoder().decode(part?.value))).size).toBe(1);
    expect(it.database.statements.filter((sql) => sql.includes("sluice_decision_minutes"))).toHaveLength(1);
    it.close();
  });
});
