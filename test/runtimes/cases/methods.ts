/** HEAD, preflights and scripts of other origins. */

import { expect } from "vitest";
import { apiHeaders, cors, expectAnswer, feedHeaders, ownHeaders, quotaExceeded, refusalHeaders } from "./answers.ts";
import { refusal } from "./bursts.ts";
import { asking, type Case } from "./case.ts";
import { spendFeed } from "./feed-owner.ts";
import { api, expectLimits, ip, isLimited, perAddress, perMinute, publicFeed, retryAfter } from "./limits.ts";
import { spendApi } from "./plans.ts";

const quota = perMinute.api.free;
const origin = { Origin: "https://app.example" };

const headOfApi: Case = {
  name: "methods: HEAD of the API has the headers of GET and no body, and is charged",
  async run(world) {
    const account = world.account("free");
    const client = world.client();
    const head = await world.send(asking(account, { method: "HEAD", client }));
    const limits = [ip([perAddress - 1, perAddress - 1]), api(quota, [quota - 1, quota - 1])];
    expectAnswer(world, head, { status: 200, headers: apiHeaders, limits, text: "" });
    const get = await world.send(asking(account, { client }));
    expectLimits(world.features, get, [ip([perAddress - 2, perAddress - 1]), api(quota, [quota - 2, quota - 1])]);
  },
};

const headOfFeed: Case = {
  name: "methods: HEAD of a feed has the headers of GET and no body, and is charged to the owner",
  async run(world) {
    const { feed } = world.account("free");
    const sinceMs = performance.now();
    const get = await world.send({ path: feed });
    const head = await world.send({ path: feed, method: "HEAD" });
    expectAnswer(world, head, { status: 200, headers: feedHeaders, text: "" });
    expect(ownHeaders(head)).toEqual(ownHeaders(get));
    const question = () => ({ path: feed, method: "HEAD" });
    const left = perMinute.feed.free - 2;
    for (const refused of await spendFeed(world, feed, left, { quota: perMinute.feed.free, sinceMs, question })) {
      expect(refused.body).toBe("");
      expect(refused.headers).toMatchObject(retryAfter(world.features, publicFeed(perMinute.feed.free)));
    }
  },
};

const preflight = {
  status: 204,
  headers: {
    ...cors,
    "access-control-allow-headers": "Authorization,Content-Type",
    "access-control-allow-methods": "GET,HEAD,POST,DELETE",
    "access-control-max-age": "86400",
    vary: "Access-Control-Request-Headers",
  },
  text: "",
} as const;

const otherOrigins: Case = {
  name: "methods: scripts of other origins can read a 429; preflights are free, also when nothing is left",
  async run(world) {
    const account = world.account("free");
    const asked = { ...origin, "Access-Control-Request-Method": "POST" };
    const client = world.client();
    for (let number = 0; number < 3; number++) {
      const answer = await world.send({ path: "/api/feeds", method: "OPTIONS", headers: asked, client });
      expectAnswer(world, answer, preflight);
    }
    // The preflights before it have cost this client nothing.
    const first = await world.send(asking(account, { headers: origin, client }));
    const limits = [ip([perAddress - 1, perAddress - 1]), api(quota, [quota - 1, quota - 1])];
    expectAnswer(world, first, { status: 200, headers: apiHeaders, limits });

    const spent = world.account("free");
    await spendApi(world, spent, quota);
    const again = await world.send(asking(spent, { path: "/api/feeds", method: "OPTIONS", headers: asked }));
    expectAnswer(world, again, preflight);
    if (!isLimited(world.features, "api")) return;
    const refused = await refusal(world, asking(spent, { headers: origin }));
    const retry = retryAfter(world.features, api(quota));
    expectAnswer(world, refused, {
      status: 429,
      headers: { ...cors, ...refusalHeaders, ...retry },
      limits: [ip(), api(quota, [0, 0])],
      json: quotaExceeded(refused, "api"),
    });
  },
};

export const methods: readonly Case[] = [headOfApi, headOfFeed, otherOrigins];
