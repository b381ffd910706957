/** The example of docs/console.md, as somebody copies it: it serves, limits, and does what its console says. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

interface Example {
  readonly app: Hono;
  readonly hourly: () => Promise<{ readonly isDone: boolean }>;
  readonly stop: () => Promise<void>;
}

// Where its imports are found as those of an app are.
const cache = new URL("../.cache/", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "sluice-documented-"));
let example: Example;
let server: ReturnType<typeof serve>;
let origin = "";

beforeAll(async () => {
  const markdown = readFileSync(new URL("../../../docs/console.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n(.*?)\n```/s.exec(markdown) ?? [];
  mkdirSync(cache, { recursive: true });
  const file = new URL("documented-console.ts", cache);
  writeFileSync(file, code);
  process.env["DATABASE_PATH"] = join(folder, "app.sqlite");
  process.env["ADMIN_TOKEN"] = "open sesame";
  example = await import(pathToFileURL(file.pathname).href);
  origin = await new Promise((resolve) => {
    server = serve({ fetch: example.app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
  });
}, 60_000);

afterAll(async () => {
  server?.close();
  await example?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let headers: Record<string, string> = {};

async function logIn(): Promise<void> {
  const form = { method: "POST", redirect: "manual", body: new URLSearchParams({ token: "open sesame" }) } as const;
  const login = await fetch(`${origin}/admin/login`, form);
  const Cookie = login.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const page = await (await fetch(`${origin}/admin/plans`, { headers: { Cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
  headers = { Cookie, "X-CSRF-Token": csrf, "Content-Type": "application/json" };
}

/** Asks the admin API, which must say yes. */
async function ask(path: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(`${origin}/admin/api${path}`, { ...init, headers });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return text;
}

const statuses = async (path: string, count: number): Promise<number[]> => {
  const answers = await Promise.all(Array.from({ length: count }, () => fetch(origin + path)));
  return answers.map(({ status }) => status);
};

describe("the example of docs/console.md", () => {
  it("limits its users by their plan, and shows and edits that in the console", async () => {
    expect((await statuses("/api/me", 10)).every((status) => status === 200)).toBe(true);
    expect((await statuses("/feeds/u1", 20)).filter((status) => status === 200)).toHaveLength(17);

    await logIn();
    const plan = JSON.parse(await ask("/plans/free"));
    const limits = { api: 5, publicFeed: 17 };
    const { name, priceCents, features, version } = plan;
    await ask("/plans/free", { method: "PUT", body: JSON.stringify({ name, priceCents, features, limits, version }) });
    // Ten are spent, five are allowed: the very next one is refused.
    expect(await statuses("/api/me", 1)).toEqual([429]);
    const own = await (await fetch(`${origin}/usage/api`)).json();
    expect(own).toMatchObject({ name: "ada", plan: { name: "Free" }, limits: { api: { units: 5, isCustom: false } } });
  });

  it("writes what happened a moment later, and keeps its tables small", async () => {
    await vi.waitFor(async () => expect(await ask("/denied-keys")).toContain('"publicFeed:u1"'), 5_000);
    await expect(example.hourly()).resolves.toMatchObject({ isDone: true });
  });

  it("waits for another process that writes, and serves others meanwhile", async () => {
    await logIn();
    const other = new DatabaseSync(join(folder, "app.sqlite"));
    other.exec("begin immediate");
    let longestMs = 0;
    let beforeMs = performance.now();
    const ticking = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - beforeMs);
      beforeMs = performance.now();
    }, 5);
    const body = JSON.stringify({ plan: "pro", was: "free" });
    const moving = fetch(`${origin}/admin/api/users/u1/plan`, { method: "PUT", headers, body });
    await new Promise((resolve) => setTimeout(resolve, 500));
    other.exec("rollback");
    other.close();
    expect((await moving).status).toBe(204);
    clearInterval(ticking);
    expect(longestMs).toBeLessThan(400);
  });
});
