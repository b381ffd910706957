/** Users' quotas: by plan, by override, and what is announced of them. */

import { expect } from "vitest";
import type { Account } from "../accounts.ts";
import type { Answer } from "../target.ts";
import { apiHeaders, cors, expectAnswer, quotaExceeded, refusalHeaders } from "./answers.ts";
import { askAll, crowd, spend } from "./bursts.ts";
import { asking, type Case, type World } from "./case.ts";
import { api, expectLimits, ip, perAddress, perMinute, retryAfter } from "./limits.ts";

/** Kinds of accounts whose API has a limit, and the one that holds. An expired override leaves the plan's. */
const quotas = {
  free: perMinute.api.free,
  pro: perMinute.api.pro,
  enterprise: perMinute.api.enterprise,
  raised: perMinute.api.pro,
  expired: perMinute.api.free,
} as const;

/** Has one account spend its API quota, over clients enough that no address is refused. */
export async function spendApi(world: World, account: Account, quota: number): Promise<readonly Answer[]> {
  const client = crowd(world, quota);
  const question = (number: number) => asking(account, { client: client(number) });
  return await spend(world, { policy: "api", requests: quota, quota, question });
}

const announced = Object.entries(quotas).map(
  ([kind, quota]): Case => ({
    name: `plans: ${kind} is told of ${quota} requests a minute, and of what is left`,
    async run(world) {
      const account = world.account(kind as keyof typeof quotas);
      const client = world.client();
      const first = await world.send(asking(account, { client }));
      const whole = (spent: number) => [quota - spent, quota - spent] as const;
      const json = {
        id: account.id,
        username: account.username,
        plan: ["pro", "enterprise"].includes(kind) ? kind : "free",
        role: "member",
        createdAt: "2026-01-01T00:00:00.000Z",
      };
      const limits = [ip([perAddress - 1, perAddress - 1]), api(quota, whole(1))];
      expectAnswer(world, first, { status: 200, headers: apiHeaders, limits, json });
      const again = await world.send(asking(account, { client }));
      // Between the two something may have refilled, but never more than was spent.
      expectLimits(world.features, again, [ip([perAddress - 2, perAddress - 1]), api(quota, [quota - 2, quota - 1])]);
    },
  }),
);

const bursts = (["free", "pro"] as const).map(
  (kind): Case => ({
    name: `plans: ${kind} gets ${quotas[kind]} in a burst, then 429, and other users notice nothing`,
    async run(world) {
      const [spender, other] = [world.account(kind), world.account(kind)];
      for (const refused of await spendApi(world, spender, quotas[kind])) {
        expectAnswer(world, refused, {
          status: 429,
          headers: { ...cors, ...refusalHeaders, ...retryAfter(world.features, api(quotas[kind])) },
          limits: [ip(), api(quotas[kind], [0, 0])],
          json: quotaExceeded(refused, "api"),
        });
      }
      const answer = await world.send(asking(other));
      const limits = [ip(), api(quotas[kind], [quotas[kind] - 1, quotas[kind] - 1])];
      expectAnswer(world, answer, { status: 200, headers: apiHeaders, limits });
    },
  }),
);

const larger = (["raised", "unlimited"] as const).map(
  (kind): Case => ({
    name: `plans: ${kind} passes 70 where the Free plan has 60`,
    async run(world) {
      const account = world.account(kind);
      const client = crowd(world, 70);
      const limits = kind === "raised" ? [ip(), api(quotas.raised)] : [ip()];
      const answers = await askAll(world, 70, (number) => asking(account, { client: client(number) }));
      for (const answer of answers) expectAnswer(world, answer, { status: 200, headers: apiHeaders, limits });
    },
  }),
);

const forbidden: Case = {
  name: "plans: an override of 0 is 403, without a wait",
  async run(world) {
    const answer = await world.send(asking(world.account("forbidden")));
    expectAnswer(world, answer, {
      status: 403,
      headers: { ...cors, ...refusalHeaders },
      limits: [ip([perAddress - 1, perAddress - 1])],
      json: {
        type: "about:blank",
        title: "Not included in your plan",
        status: 403,
        detail: "Not included in your plan (api).",
        "violated-policies": ["api"],
      },
    });
  },
};

const expensive: Case = {
  name: "plans: every request of the API counts, whatever it asks for and however it ends",
  async run(world) {
    const account = world.account("free");
    const client = world.client();
    const paths = ["/api/me", "/api/feeds", "/api/feeds/news", "/api/feeds/news/entries", "/api/feeds/olds", "/api/x"];
    const statuses: number[] = [];
    const startedMs = performance.now();
    let last: Answer | undefined;
    for (const path of paths) {
      last = await world.send(asking(account, { path, client }));
      statuses.push(last.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 404, 404]);
    const refilled = Math.floor((performance.now() - startedMs) / 1_000) + 1;
    const least = quotas.free - paths.length;
    expectLimits(world.features, last as Answer, [ip(), api(quotas.free, [least, least + refilled])]);
  },
};

export const plans: readonly Case[] = [...announced, ...bursts, ...larger, forbidden, expensive];
