/** What recording adds to a limited request, rows written included. */

import type { Recorder } from "@sluice/console";
import { byUser, perMinute, rateLimit } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
// Not by its package, which has pages as well: Node strips types, but turns no JSX into calls.
import { recorder } from "../../../packages/console/src/recording/make-recorder.ts";
import { askOnce, type Contenders } from "../contender.ts";
import { type Measure, median, ratioRow } from "../measure.ts";
import { rawTimes, rounds } from "../rounds.ts";
import { consoleDatabase, inFolder } from "./database.ts";
import { limits, planOf, users } from "./users.ts";

/** Requests of a slice: two milliseconds of work, so that most slices are not interrupted. */
const slice = 200;
const pairs = 600;
const warmUpSlices = 150;
/** Pairs between two writings: some two seconds of work. */
const pairsPerFlush = 450;
/** A process writes this often. */
const flushMs = 2_000;

/** What one process saw. */
interface Seen {
  readonly withoutNs: number;
  readonly withNs: number;
  /** What writing takes of the time between two writings: 0.002 is two thousandths. */
  readonly writing: number;
}

/**
 * Both in one process and slice by slice in turn: between processes the same code differs by a fifth, and a clock of the
 * processor's time counts in steps of 4 ms here. Of slices the median counts, so that interruptions are nobody's cost.
 */
export const contenders: Contenders<Seen> = {
  both: () => async () =>
    inFolder(async (folder) => {
      const { db, sqlite } = consoleDatabase(folder);
      const recording = recorder({ db, background: (task) => void task(), limits, planOf });
      const written = (): unknown => sqlite.prepare("select sum(count) as n from sluice_decision_minutes").get();
      const [without, recorded] = [appWith(undefined), appWith(recording)];
      await check(without, recording, written, null);
      await check(recorded, recording, written, 1);
      // Made beforehand and used again: making a Request costs as much as all the rest, and is the server's.
      const requests = users.map(request);
      let at = 0;
      const timed = async (app: Hono): Promise<number> => {
        const start = performance.now();
        for (let i = 0; i < slice; i++) {
          const response = app.fetch(requests[at++ % requests.length] as Request);
          if (response instanceof Promise) await response;
        }
        return ((performance.now() - start) * 1e6) / slice;
      };
      for (let i = 0; i < warmUpSlices; i++) for (const app of [without, recorded]) await timed(app);
      const [plain, counted, flushes]: [number[], number[], number[]] = [[], [], []];
      for (let pair = 1; pair <= pairs; pair++) {
        // Every other pair goes the other way about.
        if (pair % 2 === 0) plain.push(await timed(without));
        counted.push(await timed(recorded));
        if (pair % 2 === 1) plain.push(await timed(without));
        if (pair % pairsPerFlush !== 0) continue;
        const start = performance.now();
        await recording.flush();
        flushes.push(performance.now() - start);
      }
      return { withoutNs: median(plain), withNs: median(counted), writing: median(flushes) / flushMs };
    }),
};

export const recordedRequest: Measure = async () => {
  const seen: Seen[] = [];
  for (let round = 0; round < rounds; round++) seen.push(await askOnce<Seen>(import.meta.url, "both"));
  const ratios = seen.map(({ withoutNs, withNs, writing }) => (withNs / withoutNs) * (1 + writing));
  const times = {
    "without recorder": seen.map(({ withoutNs }) => withoutNs),
    "with recorder": seen.map(({ withNs }) => withNs),
    added: seen.map(({ withoutNs, withNs }) => withNs - withoutNs),
  };
  const writing = median(seen.map((one) => one.writing)) * 100;
  return {
    rows: [ratioRow("a limited request, with its decision recorded", "without recorder", ratios, { most: 1.05 })],
    raw: [...rawTimes("a limited request", times), `writing rows: ${writing.toFixed(2)} % of the time`],
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
async function check(app: Hono, recording: Recorder, written: () => unknown, rows: number | null): Promise<void> {
  const { status, headers } = await app.fetch(request("first"));
  await recording.flush();
  const { n } = written() as { n: number | null };
  if (status === 200 && headers.has("ratelimit") && n === rows) return;
  throw new Error(`answered ${status}, with ${n} decisions recorded`);
}
