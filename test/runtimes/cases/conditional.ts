/** Conditional reads: what a reader has is not sent again, and costs a tenth where a backend counts fractions. */

import { expect } from "vitest";
import { expectAnswer, feedHeaders, notModifiedHeaders } from "./answers.ts";
import { askAll, freshWindow, refusal } from "./bursts.ts";
import type { Case } from "./case.ts";
import { spendFeed } from "./feed-owner.ts";
import { isLimited, perMinute } from "./limits.ts";

const quota = perMinute.feed.free;

const validators = [
  ["If-None-Match", (etag: string) => etag],
  ["If-None-Match", (etag: string) => `W/${etag}, "x"`],
  ["If-Modified-Since", () => feedHeaders["last-modified"]],
] as const;

const notModified: Case = {
  name: "conditional: a reader that has the feed gets 304, with what a cache needs and no body",
  async run(world) {
    const { feed } = world.account("free");
    const { headers } = await world.send({ path: feed });
    const { etag = "" } = headers;
    for (const [name, value] of validators) {
      const answer = await world.send({ path: feed, headers: { [name]: value(etag) } });
      expectAnswer(world, answer, { status: 304, headers: { ...notModifiedHeaders, etag }, text: "" });
    }
    const head = await world.send({ path: feed, method: "HEAD", headers: { "If-None-Match": etag } });
    expectAnswer(world, head, { status: 304, headers: { ...notModifiedHeaders, etag }, text: "" });
  },
};

const tenth: Case = {
  name: "conditional: a 304 costs a tenth, so 30 of them leave 13 of the 16 reads that were left",
  applies: ({ features: { scope, cost } }) =>
    cost || scope === "none" ? undefined : "its backend counts whole requests, so a 304 costs 1",
  async run(world) {
    const { feed } = world.account("free");
    const sinceMs = performance.now();
    const { etag = "" } = (await world.send({ path: feed })).headers;
    const polite = await askAll(world, 30, () => ({ path: feed, headers: { "If-None-Match": etag } }));
    for (const { status } of polite) expect(status).toBe(304);
    await spendFeed(world, feed, quota - 1 - 3, { quota, sinceMs });
  },
};

const wholeUnit: Case = {
  name: "conditional: a 304 costs 1 where whole requests are counted",
  applies: ({ features: { scope, cost } }) =>
    !cost && scope !== "none" ? undefined : "its backend counts fractions, or nothing",
  async run(world) {
    const { feed } = world.account("free");
    await freshWindow(world, 60_000);
    const { etag = "" } = (await world.send({ path: feed })).headers;
    const question = () => ({ path: feed, headers: { "If-None-Match": etag } });
    await spendFeed(world, feed, quota - 1, { quota, status: 304, question });
  },
};

const stale: Case = {
  name: "conditional: a read that gets the whole feed after all costs the whole unit",
  async run(world) {
    const { feed } = world.account("free");
    await freshWindow(world, 60_000);
    // One after the other: what such a read costs beside the tenth is booked when its answer is there.
    for (let number = 0; number < quota; number++) {
      const answer = await world.send({ path: feed, headers: { "If-None-Match": '"old"' } });
      expectAnswer(world, answer, { status: 200, headers: feedHeaders });
    }
    // A unit may have refilled, and one may not be booked yet.
    if (isLimited(world.features, "public-feed")) await refusal(world, { path: feed }, 3);
  },
};

export const conditional: readonly Case[] = [notModified, tenth, wholeUnit, stale];
