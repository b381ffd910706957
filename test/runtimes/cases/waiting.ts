/** Retry-After is honest: after it a request passes, and it does not ask for a second more than needed. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Features } from "@sluice/core/engine";
import { expect } from "vitest";
import type { Answer } from "../target.ts";
import { spendAddress } from "./bursts.ts";
import { asking, type Case } from "./case.ts";
import { spendFeed } from "./feed-owner.ts";
import { countsInWindows, isLimited, perMinute } from "./limits.ts";
import { spendApi } from "./plans.ts";

const quota = perMinute.feed.free;

/** The wait of one of them, in seconds; whichever it is, it began before all of them were there. */
function waitOf(answers: readonly Answer[]): number {
  return Number(answers.at(-1)?.headers["retry-after"]);
}

function tooLong(features: Features): string | undefined {
  if (!isLimited(features, "api")) return "its backend limits nobody";
  return countsInWindows(features) ? "its backend asks for its whole period, which is a minute" : undefined;
}

const feeds: Case = {
  name: "waiting: a reader who waits for Retry-After is served, and one who comes a second too early is not",
  applies: ({ features }) => tooLong(features),
  async run(world) {
    const { feed } = world.account("free");
    const sentMs = performance.now();
    const refused = await spendFeed(world, feed, quota);
    const receivedMs = performance.now();
    const seconds = waitOf(refused);
    // The answer came somewhere in between, so that the wait ends in an interval of whole seconds, too.
    expect(seconds).toBeLessThanOrEqual(Math.ceil(60 / quota));
    const early = sentMs + (seconds - 1) * 1_000 - 150;
    if (early > performance.now()) {
      await sleep(early - performance.now());
      const { status } = await world.send({ path: feed });
      if (performance.now() < sentMs + (seconds - 1) * 1_000) expect(status, "too early").toBe(429);
    }
    const dueMs = receivedMs + seconds * 1_000 + 10;
    await sleep(dueMs - performance.now());
    expect((await world.send({ path: feed })).status, `after ${seconds} s`).toBe(200);
    const second = await world.send({ path: feed });
    if (performance.now() < dueMs + 1_500) expect(second.status, "one has refilled, not two").toBe(429);
  },
};

const users: Case = {
  name: "waiting: a user who waits for Retry-After is served",
  applies: ({ features }) => tooLong(features),
  async run(world) {
    const account = world.account("free");
    const seconds = waitOf(await spendApi(world, account, perMinute.api.free));
    await sleep(seconds * 1_000 + 10);
    expect((await world.send(asking(account))).status).toBe(200);
  },
};

const addresses: Case = {
  name: "waiting: an address that waits for Retry-After is let in again",
  async run(world) {
    const client = world.client();
    const seconds = waitOf(await spendAddress(world, client));
    const receivedMs = performance.now();
    // A window ends at the latest after its whole length, a bucket has its next unit within a second.
    expect(seconds).toBe(countsInWindows(world.features) ? 10 : 1);
    await sleep(receivedMs + seconds * 1_000 - performance.now() + 10);
    expect((await world.send({ path: "/api/me", client })).status).toBe(401);
  },
};

export const waiting: readonly Case[] = [feeds, users, addresses];
