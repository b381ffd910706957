/** The console as an app mounts it at /admin, over a test's own database: everything real but who is logged in. */

import { perMinute } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
import { standingsOf } from "../src/admin/standings.ts";
import { console } from "../src/console.ts";
import type { PlanLimits } from "../src/plans/limits.ts";
import { livePlans } from "../src/plans/make-live-plans.ts";
import { feedDirectory, type TestDatabase, userDirectory } from "./database.ts";

const prefix = "api:";

const limits: PlanLimits = {
  api: {
    label: "API requests",
    policy: "api",
    unit: "requests per minute",
    rate: (units) => perMinute(units),
    counter: (id) => ({ key: `${prefix}${id}`, shard: id }),
    userOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
  },
};

export interface Mounted {
  /** As of a browser that is logged in as ada. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, fields: Record<string, string>): Promise<Response>;
}

export interface MountOptions {
  readonly now: () => number;
  /** How the backend fails, if it does. */
  readonly failing?: { readonly sinceMs: number; readonly code: string };
  readonly who?: string;
}

export function mounted({ db }: Pick<TestDatabase, "db">, { now, failing, who = "ada" }: MountOptions): Mounted {
  const backend = memory();
  const place = { title: "Quotas of users", limiters: ["api"], backend, failing: () => failing };
  const plans = livePlans({
    ...{ db, limits, now },
    users: userDirectory,
    defaults: { free: { api: perMinute(60) } },
    default: "free",
    onError: () => {},
  });
  const app = new Hono().route(
    "/admin",
    console({
      ...{ db, limits, backend, now, plans },
      users: userDirectory,
      feeds: feedDirectory,
      standings: standingsOf([place]),
      authorize: () => ({ who, csrf: "token" }),
      onError: () => {},
    }),
  );
  return {
    get: async (path, headers = {}) => app.request(`/admin${path}`, { headers }),
    post: async (path, fields) =>
      app.request(`/admin${path}`, { method: "POST", body: new URLSearchParams({ csrf: "token", ...fields }) }),
  };
}
