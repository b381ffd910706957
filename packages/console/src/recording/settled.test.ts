/** What a histogram counts of requests whose cost is known only once they are answered: what they finally cost. */

import { type Backend, byFeedOwner, perMinute, rateLimit } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { decided, histogram, recording } from "../../test/recorded.ts";

/** Reads of one feed by real mounts, in the hundredths of a unit that are recorded of them. */
async function recordedReads(backend: Backend, etags: readonly (string | undefined)[]): Promise<number> {
  const database = testDatabase();
  const { recorder } = recording(database);
  const { onDecision, onDenied, onSettled } = recorder;
  const app = new Hono();
  const limiters = [byFeedOwner({ owner: () => "f1", limit: () => perMinute(60) })];
  app.use(rateLimit({ backend, log: false, onError: () => {}, onDecision, onDenied, onSettled, limiters }));
  app.get("/", (c) => (c.req.header("if-none-match") === "new" ? c.body(null, 304) : c.text("news")));
  for (const etag of etags) {
    const { status } = await app.request("/", { headers: etag === undefined ? {} : { "if-none-match": etag } });
    expect(status).toBe(etag === "new" ? 304 : 200);
    if (etag === "old") await recorder.flush();
  }
  await recorder.flush();
  const rows = histogram(database);
  expect(rows).toMatchObject([{ limiter: "public-feed", plan: "free", keys: 1 }]);
  database.close();
  return Number(rows[0]?.["hundredths"]);
}

it("a conditional read that gets a full answer counts as a whole one, a 304 as a tenth", async () => {
  const etags = [undefined, "new", "old", undefined, "old", "new", "old"];
  expect(await recordedReads(memory(), etags)).toBe(520);
  // Nothing is counted, and what would be is recorded all the same.
  expect(await recordedReads(noop(), etags)).toBe(520);
});

it("as it was charged where the backend cannot settle", async () => {
  const { settle: _, ...rest } = memory();
  const features = { ...rest.features, cost: false, settle: false };
  expect(await recordedReads({ ...rest, features }, [undefined, "new", "old"])).toBe(300);
});

it("belongs to the minute of its decision, and what is given back leaves nothing", async () => {
  const database = testDatabase();
  const { recorder, clock } = recording(database);
  const [read, login] = [decided("public-feed", "publicFeed:f1", { cost: 0.1 }), decided("login", "ip:192.0.2.1")];
  recorder.onDecision({ allowed: true, decisions: [read, login] });
  await recorder.flush();
  const [before] = histogram(database);
  clock.ms += 60_000;
  const settlements = [
    { decision: read, cost: 1 },
    { decision: login, cost: 0 },
    { decision: decided("login", "ip:192.0.2.2"), cost: 5 },
  ];
  recorder.onSettled({ settlements, backend: memory() });
  await recorder.flush();
  expect(histogram(database)).toEqual([{ ...before, limiter: "public-feed", plan: "free", keys: 1, hundredths: 100 }]);
  database.close();
});
