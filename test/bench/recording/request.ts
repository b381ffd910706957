/** What recording adds to a limited request, rows written included. */

import type { Recorder } from "@sluice/console";
import { byUser, perMinute, rateLimit } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
// Not by its package, which has pages as well: Node strips types, but turns no JSX into calls.
import { recorder } from "../../../packages/console/src/recording/make-recorder.ts";
import type { Contenders } from "../contender.ts";
import { type Measure, ratioRow } from "../measure.ts";
import { differences, quotients, race, rawTimes, type TimedProgress, timed } from "../rounds.ts";
import { consoleDatabase, inFolder } from "./database.ts";
import { limits, planOf, users } from "./users.ts";

const names = ["without recorder", "with recorder"] as const;

/** Slices between two writings: some 600 ms of work, where a process writes every two seconds. */
const slicesPerFlush = 24;

export const contenders: Contenders<TimedProgress> = Object.fromEntries(
  names.map((name) => [
    name,
    timed(async (folder) => {
      const { db, sqlite } = consoleDatabase(folder);
      const recording =
        name === "without recorder"
          ? undefined
          : recorder({
              db,
              background: (task) => void task(),
              limits,
              planOf,
            });
      const app = appWith(recording);
      await check(app, recording, () => sqlite.prepare("select sum(count) as n from sluice_decision_minutes").get());
      // Made beforehand and used again: making a Request costs as much as all the rest, and is the server's.
      const requests = users.map(request);
      let slice = 0;
      return async (operations) => {
        for (let i = 0; i < operations; i++) {
          const response = app.fetch(requests[i % requests.length] as Request);
          if (response instanceof Promise) await response;
        }
        if (++slice % slicesPerFlush === 0) await recording?.flush();
      };
    }),
  ]),
);

export const recordedRequest: Measure = async () => {
  const times = await inFolder((folder) => race(import.meta.url, names, folder));
  const ratios = quotients(times["with recorder"], times["without recorder"]);
  const added = differences(times["with recorder"], times["without recorder"]);
  return {
    rows: [ratioRow("a limited request, with its decision recorded", "without recorder", ratios, { most: 1.05 })],
    raw: [...rawTimes("a whole request", times), ...rawTimes("recording", { added })],
  };
};

function appWith(recording: Recorder | undefined): Hono {
  const app = new Hono();
  app.use(
    rateLimit({
      limiters: [
        byUser({ user: ({ request }) => request.headers.get("x-user") ?? undefined, limit: perMinute(1_000_000) }),
      ],
      backend: memory(),
      ...(recording !== undefined && { onDecision: recording.onDecision }),
    }),
  );
  return app.get("/feeds", (c) => c.text("ok"));
}

function request(user: string): Request {
  return new Request("http://localhost/feeds", { headers: { "x-user": user } });
}

/** What is timed has to be what is meant: a request is limited, and with a recorder there is a row of it. */
async function check(app: Hono, recording: Recorder | undefined, written: () => unknown): Promise<void> {
  const { status, headers } = await app.fetch(request("first"));
  await recording?.flush();
  const { n } = written() as { n: number | null };
  if (status === 200 && headers.has("ratelimit") && n === (recording === undefined ? null : 1)) return;
  throw new Error(`answered ${status}, with ${n} decisions recorded`);
}
