/** The console, and a user's own page: who is let in, what they open with, and that an edit is obeyed, at once here and soon elsewhere. */

import { expect } from "vitest";
import type { Answer } from "../target.ts";
import { asking, type Case, type Question, type World } from "./case.ts";

/** Shared with what is asked of two instances anyway, since every boot takes seconds. */
const boot = { instances: 2, proxied: true } as const;

/** By when every process has seen an edit, three times over. */
const everywhereMs = 15_000;

/** A form, as a browser of its own page sends it. */
function form(path: string, fields: Readonly<Record<string, string>>, more: Partial<Question> = {}): Question {
  const headers = { "Content-Type": "application/x-www-form-urlencoded", ...more.headers };
  return { method: "POST", path, body: `${new URLSearchParams(fields)}`, ...more, headers };
}

/** Logs in, and gives what the browser then sends by itself. */
async function loggedIn(world: World, path: string, token: string): Promise<string> {
  const answer = await world.send(form(`${path}/login`, { token }));
  expect({ status: answer.status, to: answer.headers["location"] }).toEqual({ status: 303, to: path });
  const cookie = answer.headers["set-cookie"] ?? "";
  expect(cookie).toMatch(/; HttpOnly(;|$)/);
  expect(cookie).toMatch(/; SameSite=Strict(;|$)/);
  return cookie.split(";")[0] ?? "";
}

/** What the status line says of this backend. */
function standing({ target, features }: World): string {
  if (features.scope === "none") return `off: RATE_LIMIT_BACKEND=${target.backend}`;
  // The ceilings in front of the objects take nothing of what these decide, which is exact.
  const isExact = features.exact || target.backend === "durable-object";
  return `on, ${target.backend}, ${features.scope}, ${isExact ? "exact" : "approximate"}`;
}

const strangers: Case = {
  name: "console: strangers, wrong tokens and members come no further than its login",
  async run(world) {
    const member = world.account("free");
    const asked = await world.send({ path: "/admin" });
    expect({ status: asked.status, to: asked.headers["location"] }).toEqual({ status: 303, to: "/admin/login" });
    expect((await world.send({ path: "/admin/login" })).body).toContain('name="token"');
    expect((await world.send({ path: "/admin/api/plans" })).status).toBe(401);
    for (const token of ["nobody's", member.token]) {
      const answer = await world.send(form("/admin/login", { token }));
      expect(answer.status).toBe(401);
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
    // A member's own session says who it is, and opens nothing here.
    const cookie = await loggedIn(world, "/usage", member.token);
    expect((await world.send({ path: "/admin/api/plans", headers: { Cookie: cookie } })).status).toBe(401);
  },
};

const overview: Case = {
  name: "console: an administrator logs in, and every page opens with how the limits stand",
  async run(world) {
    const headers = { Cookie: await loggedIn(world, "/admin", "demo-admin") };
    for (const page of ["", "/plans", "/users", "/feeds", "/outbound", "/audit"]) {
      const { status, headers: own, body } = await world.send({ path: `/admin${page}`, headers });
      expect(status, page).toBe(200);
      expect(own["content-security-policy"], page).toContain("default-src 'none'");
      expect(/Rate limiting:<\/strong> ([^<]*)/.exec(body)?.[1], page).toBe(standing(world));
    }
    const assets = [...(await world.send({ path: "/admin", headers })).body.matchAll(/"(\/admin\/assets\/[^"]+)"/g)];
    expect(assets.length).toBeGreaterThanOrEqual(2);
    for (const [, path = ""] of assets) expect((await world.send({ path })).status, path).toBe(200);
  },
};

const guesses: Case = {
  name: "console: the sixth wrong token of an address is 429 for half an hour, and another address logs in",
  async run(world) {
    const client = world.client();
    const guess = () => world.send(form("/admin/login", { token: "a guess" }, { client }));
    const answers: Answer[] = [];
    for (let n = 0; n < 6; n++) answers.push(await guess());
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    const last = answers.at(-1) as Answer;
    expect(last.status).toBe(429);
    expect(Number(last.headers["retry-after"])).toBeGreaterThan(29 * 60);
    expect(Number(last.headers["retry-after"])).toBeLessThanOrEqual(30 * 60);
    expect((await world.send(form("/admin/login", { token: "demo-admin" }, { client }))).status).toBe(429);
    await loggedIn(world, "/admin", "demo-admin");
  },
};

const usage: Case = {
  name: "console: users see their own usage, by token and by page, and nobody sees any without",
  async run(world) {
    const { id, username, token } = world.account("raised");
    const answer = await world.send(asking({ token }, { path: "/usage/api" }));
    expect(answer.status).toBe(200);
    const told = JSON.parse(answer.body) as Record<string, unknown>;
    expect(told).toMatchObject({ id, name: username, limits: { api: { units: 180, isCustom: true } } });
    const cookie = await loggedIn(world, "/usage", token);
    const page = await world.send({ path: "/usage", headers: { Cookie: cookie } });
    expect(page.status).toBe(200);
    expect(page.body).toContain(username);
    expect((await world.send({ path: "/usage/api" })).status).toBe(401);
    expect((await world.send({ path: "/usage" })).headers["location"]).toBe("/usage/login");
  },
};

const edits: Case = {
  name: "console: an edited plan holds for the very next request here, and at another instance within seconds",
  boot,
  async run(world) {
    const account = world.account("enterprise");
    const status = async (instance: number) => (await world.send(asking(account), instance)).status;
    const at = [0, 1];
    // Both know the plan as it is.
    for (const instance of at) expect(await status(instance)).toBe(200);
    const cookie = await loggedIn(world, "/admin", "demo-admin");
    const headers = { Cookie: cookie, "Content-Type": "application/json" };
    const page = await world.send({ path: "/admin/plans", headers });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
    const path = "/admin/api/plans/enterprise";
    const { id, name, limits, priceCents, features, version } = JSON.parse((await world.send({ path, headers })).body);
    expect(id).toBe("enterprise");

    const put = async (api: number, known: number): Promise<Answer> => {
      const edited = { name, priceCents, features, limits: { ...limits, api }, version: known };
      const body = JSON.stringify(edited);
      return await world.send({ path, method: "PUT", body, headers: { ...headers, "X-CSRF-Token": csrf } });
    };
    const withoutToken = { path, method: "PUT", body: "{}", headers };
    expect((await world.send(withoutToken)).status).toBe(403);
    // Of every number, this one is obeyed by every backend, and by none.
    const lowered = await put(0, version);
    try {
      expect(lowered.status).toBe(200);
      expect(await status(0)).toBe(403);
      await expect.poll(() => status(1), { timeout: everywhereMs, interval: 250 }).toBe(403);
      expect((await put(limits.api, version)).status, "an edit of what has changed meanwhile").toBe(409);
    } finally {
      expect((await put(limits.api, JSON.parse(lowered.body).version)).status).toBe(200);
    }
    expect(await status(0)).toBe(200);
    await expect.poll(() => status(1), { timeout: everywhereMs, interval: 250 }).toBe(200);
  },
};

export const consoles: readonly Case[] = [strangers, overview, guesses, usage, edits];
