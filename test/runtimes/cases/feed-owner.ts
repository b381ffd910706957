/** Public feeds: their readers spend the owner's quota, and nobody else's. */

import { expect } from "vitest";
import type { Answer } from "../target.ts";
import { again, expectAnswer, feedHeaders, quotaExceeded, refusalHeaders } from "./answers.ts";
import { askAll, refusal, type Spending, spend } from "./bursts.ts";
import type { Case, World } from "./case.ts";
import { expectLimits, isLimited, perMinute, publicFeed, retryAfter } from "./limits.ts";

const { free, pro } = perMinute.feed;

/** Has readers, each of an address of their own, spend what a feed's owner still has. */
export async function spendFeed(
  world: World,
  feed: string,
  requests: number,
  more: Partial<Spending> = {},
): Promise<readonly Answer[]> {
  const question = () => ({ path: feed });
  return await spend(world, { policy: "public-feed", requests, quota: requests, question, ...more });
}

const formats = [
  ["", {}, "application/rss+xml; charset=utf-8", "<rss "],
  ["", { Accept: "application/atom+xml" }, "application/atom+xml; charset=utf-8", "<feed "],
  [".json", {}, "application/feed+json; charset=utf-8", "jsonfeed.org"],
] as const;

const served: Case = {
  name: "feeds: are served in their formats, to be cached by anybody, without a limit's numbers",
  async run(world) {
    const { feed, username } = world.account("free");
    for (const [suffix, headers, type, start] of formats) {
      const answer = await world.send({ path: `${feed}${suffix}`, headers });
      const text = expect.stringContaining(start);
      expectAnswer(world, answer, { status: 200, headers: { ...feedHeaders, "content-type": type }, text });
      expect(answer.body).toContain(`The news of ${username}, number 3.`);
    }
  },
};

const owners: Case = {
  name: "feeds: the readers of a Free user's feed get 17 together, then 429 as text; another owner's notice nothing",
  async run(world) {
    const [one, other] = [world.account("free"), world.account("free")];
    const retry = retryAfter(world.features, publicFeed(free));
    const limits = [publicFeed(free, [0, 0])];
    for (const refused of await spendFeed(world, one.feed, free)) {
      const headers = { ...refusalHeaders, ...retry, "content-type": "text/plain; charset=utf-8" };
      const text = `Too many requests. ${again(refused)}\n`;
      expectAnswer(world, refused, { status: 429, headers, limits, text });
    }
    expectAnswer(world, await world.send({ path: other.feed }), { status: 200, headers: feedHeaders });
    if (!isLimited(world.features, "public-feed")) return;
    const refused = await refusal(world, { path: one.feed, headers: { Accept: "application/json" } });
    const json = quotaExceeded(refused, "public-feed");
    expectAnswer(world, refused, { status: 429, headers: { ...refusalHeaders, ...retry }, limits, json });
  },
};

const proFeed: Case = {
  name: "feeds: the readers of a Pro user's feed get 167 together",
  async run(world) {
    for (const refused of await spendFeed(world, world.account("pro").feed, pro)) {
      expectLimits(world.features, refused, [publicFeed(pro, [0, 0])]);
    }
  },
};

const larger: Case = {
  name: "feeds: readers of an Enterprise feed get more than the Pro plan's 167, of raised and unlimited ones more than 17",
  async run(world) {
    for (const [kind, reads] of [
      ["enterprise", pro + 8],
      ["raised", free + 8],
      ["unlimited", free + 8],
    ] as const) {
      const { feed } = world.account(kind);
      for (const { status } of await askAll(world, reads, () => ({ path: feed }))) expect(status, kind).toBe(200);
    }
  },
};

const expired: Case = {
  name: "feeds: an override that has expired leaves the plan's 17",
  async run(world) {
    for (const refused of await spendFeed(world, world.account("expired").feed, free)) {
      expectLimits(world.features, refused, [publicFeed(free, [0, 0])]);
    }
  },
};

const forbidden: Case = {
  name: "feeds: an override of 0 is 403",
  async run(world) {
    expectAnswer(world, await world.send({ path: world.account("forbidden").feed }), {
      status: 403,
      headers: { ...refusalHeaders, "content-type": "text/plain; charset=utf-8" },
      text: "This feed is not available.\n",
    });
  },
};

export const feedOwner: readonly Case[] = [served, owners, proFeed, larger, expired, forbidden];
