/** A console and a usage page as an app mounts them, over real parts, with an administrator and three users. */

import { type Backend, perMinute, planBook } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { createClient, type Inbox, sendQuota } from "@sluice/outbound";
import { Hono } from "hono";
import { session } from "../src/access/session.ts";
import type { OutboundParts } from "../src/admin/outbound-parts.ts";
import { standingsOf } from "../src/admin/standings.ts";
import { type ConsoleOptions, console as consoleOf } from "../src/console.ts";
import { ensurePlans } from "../src/plans/ensure-plans.ts";
import { livePlans } from "../src/plans/make-live-plans.ts";
import { usage } from "../src/usage.ts";
import { feedDirectory, type TestDatabase, testDatabase, userDirectory } from "./database.ts";
import { source } from "./login-app.ts";
import { limits } from "./recorded.ts";

export const token = "demo-admin";

/** What a browser sends along that is logged in. */
export type LoggedIn = { Cookie: string; "X-CSRF-Token": string };

export interface TestConsole {
  readonly app: Hono;
  readonly database: TestDatabase;
  readonly backend: Backend;
  readonly errors: unknown[];
  readonly clock: { nowMs: number; now(): number };
  /** Once; afterwards the same. */
  login(): Promise<LoggedIn>;
  /** Asks the API as the administrator: changes carry the token and JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): void;
}

/** Real mail and a real client on one backend; nothing is called. */
function outboundParts(backend: Backend): OutboundParts {
  const inbox: Inbox = { id: "news", timeZone: "UTC" };
  const fetch = async (): Promise<Response> => new Response("ok");
  return {
    quota: sendQuota({ backend }),
    inboxes: async () => [{ inbox, address: "news@example.org" }],
    apis: [createClient({ name: "grok", rate: perMinute(60), backend, fetch })],
    queues: async () => [{ name: "messages", waiting: 0 }],
    leases: async () => [{ name: "digest", isHeld: false }],
  };
}

/**
 * Mounted at `/admin` or `mount`, and the usage page twice: at `/usage`, where the header `x-user` says who is signed in, and at
 * `/mine`, where a session does, always for `u1`.
 */
export async function testConsole(options: Partial<ConsoleOptions> & { mount?: string } = {}): Promise<TestConsole> {
  const { mount = "/admin", ...given } = options;
  const database = testDatabase();
  const { db, sqlite } = database;
  const clock = { nowMs: Date.UTC(2026, 10, 22, 12), now: () => clock.nowMs };
  const { now } = clock;
  const backend = given.backend ?? memory({ clock });
  const defaults = planBook({ free: { api: perMinute(60), publicFeed: perMinute(17) } });
  const plan = (id: string, api: number, publicFeed: number) => ({
    ...{ id, name: id, limits: { api, publicFeed }, priceCents: api, features: ["Feeds"] },
  });
  await ensurePlans(db, [plan("free", 60, 17), plan("pro", 180, 167)], now);
  sqlite.exec(`insert into users values ('u1', 'ada', 'free'), ('u2', 'bob', 'pro'), ('a/b c', 'eve', 'free');
    insert into feeds values ('f1', 'News of ada', 'u1'), ('f2', 'News of bob', 'u2')`);
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const parts = {
    ...{ db, users: userDirectory, feeds: feedDirectory, limits, backend, now, onError },
    plans: livePlans({ db, users: userDirectory, limits, defaults, default: "free", now, onError }),
    standings: standingsOf([{ title: "Quotas", limiters: ["api", "public-feed"], backend }]),
    outbound: outboundParts(memory({ clock })),
  };
  const verify = (sent: string): string | undefined => (sent === token ? "root" : undefined);
  const access = session({ db, backend: memory({ clock }), source, now, onError, verify });
  const user = (c: { req: { header(name: string): string | undefined } }): { id: string } | undefined => {
    const id = c.req.header("x-user");
    return id === undefined ? undefined : { id };
  };
  const app = new Hono()
    .route(mount, consoleOf({ ...parts, authorize: access.authorize, session: access, ...given }))
    .route("/usage", usage({ ...parts, user }))
    .route(
      "/mine",
      usage({ ...parts, user: async (c) => (await access.authorize(c)) && { id: "u1" }, session: access }),
    );

  const base = mount === "/" ? "" : mount;
  const enter = async (): Promise<LoggedIn> => {
    const answer = await app.request(`${base}/login`, { method: "POST", body: new URLSearchParams({ token }) });
    const Cookie = answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    // Every page has it in the form that logs out.
    const page = await (await app.request(`${base}/audit`, { headers: { Cookie } })).text();
    return { Cookie, "X-CSRF-Token": /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "" };
  };
  let entered: Promise<LoggedIn> | undefined;
  const login = (): Promise<LoggedIn> => {
    entered ??= enter();
    return entered;
  };
  return {
    ...{ app, database, backend, errors, clock, login, close: () => database.close() },
    async ask(method, path, body, headers = {}) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { "Content-Type": "application/json" };
      return app.request(`${base}/api${path}`, {
        method,
        ...sent,
        headers: { ...(await login()), ...type, ...headers },
      });
    },
  };
}
