/** Two instances: they share limits exactly where the scope of the backend says so. */

import { expect } from "vitest";
import { askAll, crowd, spend } from "./bursts.ts";
import { asking, type Case, type World } from "./case.ts";
import { spendFeed } from "./feed-owner.ts";
import { countsTogether, isLimited, type PolicyName, perAddress, perMinute } from "./limits.ts";

/** Shared with what is asked behind a proxy, since every boot takes seconds. */
const boot = { instances: 2, proxied: true } as const;
const inTurn = (number: number): number => number % 2;

const together = (policy: PolicyName) => ({
  applies: ({ features }: World["target"]) => {
    if (!isLimited(features, policy)) return "its backend limits nobody";
    return countsTogether(features) ? undefined : `the scope of its backend is "${features.scope}"`;
  },
});

const apart = (policy: PolicyName) => ({
  applies: ({ features }: World["target"]) => {
    if (!isLimited(features, policy)) return "its backend limits nobody";
    return countsTogether(features) ? `the scope of its backend is "${features.scope}"` : undefined;
  },
});

const quota = perMinute.api.free;

const oneUser: Case = {
  name: "instances: a user's burst over two is admitted as often as on one",
  boot,
  ...together("api"),
  async run(world) {
    const account = world.account("free");
    const client = crowd(world, quota);
    const question = (number: number) => asking(account, { client: client(number) });
    await spend(world, { policy: "api", requests: quota, quota, question, instance: inTurn });
  },
};

const oneOwner: Case = {
  name: "instances: readers at two spend one owner's quota",
  boot,
  ...together("public-feed"),
  async run(world) {
    await spendFeed(world, world.account("free").feed, perMinute.feed.free, { instance: inTurn });
  },
};

const oneAddress: Case = {
  name: "instances: an address is one at both",
  boot,
  ...together("ip"),
  async run(world) {
    const client = world.client();
    const question = () => ({ path: "/api/me", client });
    const spending = { requests: perAddress, quota: perAddress, status: 401, question, instance: inTurn };
    await spend(world, { policy: "ip", ...spending });
  },
};

const eachForItself: Case = {
  name: "instances: each counts users for itself, so what is spent at one is left at the other",
  boot,
  ...apart("api"),
  async run(world) {
    const account = world.account("free");
    for (const instance of [0, 1]) {
      const client = crowd(world, quota);
      const question = (number: number) => asking(account, { client: client(number) });
      await spend(world, { policy: "api", requests: quota, quota, question, instance: () => instance });
    }
  },
};

const eachAddress: Case = {
  name: "instances: each counts addresses for itself",
  boot,
  ...apart("ip"),
  async run(world) {
    const client = world.client();
    for (const instance of [0, 1]) {
      const question = () => ({ path: "/api/me", client });
      const spending = { requests: perAddress, quota: perAddress, status: 401, question, instance: () => instance };
      await spend(world, { policy: "ip", ...spending });
    }
  },
};

const oneLog: Case = {
  name: "instances: write one access log",
  boot,
  async run(world) {
    const { feed, feedId } = world.account("pro");
    for (const { status } of await askAll(world, 6, () => ({ path: feed }), inTurn)) expect(status).toBe(200);
    const read = async () => (await world.running.accesses()).filter((row) => row.feedId === feedId);
    await expect.poll(async () => (await read()).length, { timeout: 5_000, interval: 50 }).toBe(6);
  },
};

export const instances: readonly Case[] = [oneUser, oneOwner, oneAddress, eachForItself, eachAddress, oneLog];
