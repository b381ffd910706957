/** The whole console over a database of a test's own, a backend in memory and real senders and clients: what a browser would speak to. */

import { type Backend, perMinute, planBook } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { fakeClock } from "@sluice/core/testing";
import { createClient, type Inbox, linear, metrics, sendQuota } from "@sluice/outbound";
import { Hono } from "hono";
import type { OutboundParts } from "../src/admin/outbound-parts.ts";
import { standingsOf } from "../src/admin/standings.ts";
import { type ConsoleOptions, console as sluiceConsole } from "../src/console.ts";
import { livePlans } from "../src/plans/make-live-plans.ts";
import { type UsageOptions, usage } from "../src/usage.ts";
import { feedDirectory, type TestDatabase, testDatabase, userDirectory } from "./database.ts";
import { limits } from "./recorded.ts";

export interface ConsoleApp {
  readonly app: Hono;
  readonly database: TestDatabase;
  readonly backend: Backend;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly outbound: OutboundParts;
  readonly csrf: string;
  get(path: string): Promise<Response>;
  /** A form as a browser sends it, with its csrf field. */
  post(path: string, fields: Readonly<Record<string, string>>, cookie?: string): Promise<Response>;
}

const csrf = "the-csrf-token-of-this-session";

/** Mounted at /admin and /usage; users `u1` Ada and `u2` Bob on free, `u3` Carol on pro; `feed-1` is Ada's. */
export function consoleApp(
  also: Partial<ConsoleOptions & UsageOptions> = {},
  startMs = Date.UTC(2026, 10, 22, 12),
): ConsoleApp {
  const database = testDatabase();
  const clock = fakeClock(startMs);
  const backend = also.backend ?? memory({ clock });
  database.sqlite.exec(`
    insert into users values ('u1', 'Ada', 'free'), ('u2', 'Bob', 'free'), ('u3', 'Carol', 'pro');
    insert into feeds values ('feed-1', 'Ada reads', 'u1');
    insert into sluice_plans (id, name, api_per_minute, public_feed_per_minute, price_cents, features, created_at_ms, updated_at_ms)
    values ('free', 'Free', 60, 17, 0, '["1 feed"]', ${startMs}, ${startMs}), ('pro', 'Pro', 180, 167, 1000, '["25 feeds","Support"]', ${startMs}, ${startMs}),
      ('spare', 'Spare', null, 0, 950, '[]', ${startMs}, ${startMs});
  `);
  const plans = livePlans({
    ...{ db: database.db, users: userDirectory, limits, default: "free", now: clock.now },
    defaults: planBook({ free: { api: perMinute(60), publicFeed: perMinute(17) } }),
  });
  const outbound = outboundOn(backend, clock);
  const { authorize = () => ({ who: "alice", csrf }), user = () => ({ id: "u1" }), session, ...more } = also;
  const shared = {
    ...{ db: database.db, users: userDirectory, feeds: feedDirectory, limits, plans, backend, outbound },
    standings: standingsOf([{ title: "Quotas of users and feed owners", limiters: ["api", "public-feed"], backend }]),
    now: clock.now,
    onError: () => {},
    ...more,
  };
  const app = new Hono();
  app.route("/admin", sluiceConsole({ ...shared, authorize, ...(session && { session }) }));
  app.route("/usage", usage({ ...shared, user }));
  return {
    ...{ app, database, backend, clock, outbound, csrf },
    get: async (path) => app.request(path),
    post: async (path, fields, cookie = "") =>
      app.request(path, {
        method: "POST",
        body: new URLSearchParams({ csrf, ...fields }),
        headers: { "Sec-Fetch-Site": "same-origin", Cookie: cookie },
      }),
  };
}

/** Two inboxes, one of them warming up and held until it is released, and an API with a breaker. */
function outboundOn(backend: Backend, clock: ReturnType<typeof fakeClock>): OutboundParts {
  const time = { now: clock.now, sleep: async (ms: number) => clock.advance(Math.ceil(ms)) };
  const counted = metrics({ time });
  const schedule = linear({ start: 5, step: 1, target: 20 });
  let heldOnDay: number | undefined = 4;
  const inboxes = async () => {
    const warming: Inbox = { id: "news/1 <a>", timeZone: "UTC", warmup: { schedule, activeDays: 4, heldOnDay } };
    const held = heldOnDay === undefined ? {} : { heldReason: "complaint: spam" };
    return [
      { inbox: warming, address: "news-1@example.org", ...held },
      { inbox: { id: "news-2", timeZone: "UTC" }, address: "news-2@example.org" },
    ];
  };
  const fetch = async () => new Response("ok");
  const shared = { backend, time, metrics: counted, fetch, maxWaitMs: 0 };
  return {
    quota: sendQuota({ backend, time }),
    inboxes,
    apis: [createClient({ name: "grok", rate: perMinute(60), breaker: {}, ...shared })],
    metrics: counted.snapshot,
    queues: async () => [{ name: "messages", waiting: 3, oldestAtMs: clock.now() - 90_000 }],
    leases: async () => [{ name: "digest", isHeld: true, by: "host 1", endsAtMs: clock.now() + 60_000 }],
    releaseInbox: async () => {
      const was = heldOnDay;
      heldOnDay = undefined;
      return was !== undefined;
    },
  };
}
