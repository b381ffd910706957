/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** The overview's route. */

import { Hono } from "hono";
import { OverviewView } from "./overview.tsx";
import { overviewOf } from "./overview-data.ts";
import { type PagesEnv, show, standingsOf } from "./show.tsx";

export function overviewRoutes(): Hono<PagesEnv> {
  return new Hono<PagesEnv>().get("/", async (c) => {
    const { admin, frame } = c.var;
    const [overview, standings] = await Promise.all([overviewOf(admin, frame.nowMs), standingsOf(c)]);
    const { origin } = new URL(c.req.url);
    const head = { title: "Overview", here: "/", charts: overview.limiters.length > 0 };
    return show(c, head, <OverviewView overview={overview} standings={standings ?? []} origin={origin} />);
  });
}
