/** tRPC: every procedure spends the user's quota of the API, batches by their length, and refusals come in tRPC's envelope. */

import type { FeedsRouter } from "@sluice/feeds";
import { expect } from "vitest";
import type { Account } from "../accounts.ts";
import type { Answer } from "../target.ts";
import { again, cors, expectAnswer } from "./answers.ts";
import { crowd, freshWindow, refusal, spend } from "./bursts.ts";
import { asking, type Case, type Question } from "./case.ts";
import { api, countsInWindows, expectLimits, ip, isLimited, perAddress, perMinute, retryAfter } from "./limits.ts";

/** The names of all procedures, as clients are typed with them: one that is added and not asked here does not compile. */
type Procedure = PathOf<FeedsRouter["_def"]["record"]>;
type PathOf<R> = {
  [K in keyof R & string]: R[K] extends { readonly _def: { readonly procedure: true } } ? K : `${K}.${PathOf<R[K]>}`;
}[keyof R & string];

const procedures: Readonly<Record<Procedure, { readonly input?: object; readonly isMutation?: true }>> = {
  me: {},
  "feeds.list": {},
  "feeds.get": { input: { slug: "news" } },
  "feeds.add": { input: { slug: "news", title: "News" }, isMutation: true },
  "entries.list": { input: { slug: "news" } },
  "entries.get": { input: { slug: "news", id: "5eed0000-0000-8000-8000-000000000000" } },
  "entries.add": { input: { slug: "olds", title: "Old", content: "x" }, isMutation: true },
};

const names = Object.keys(procedures) as Procedure[];
const quota = perMinute.api.free;

function calling(account: Account, name: Procedure): Question {
  const { input, isMutation } = procedures[name];
  const body = JSON.stringify(input);
  if (isMutation) {
    const headers = { "Content-Type": "application/json" };
    return asking(account, { path: `/trpc/${name}`, method: "POST", body, headers });
  }
  return asking(account, { path: `/trpc/${name}${input ? `?input=${encodeURIComponent(body)}` : ""}` });
}

function batch(account: Account, length: number): Question {
  return asking(account, { path: `/trpc/${Array(length).fill("me").join(",")}?batch=1` });
}

const answered = { ...cors, "content-type": "application/json", vary: "trpc-accept, accept" };
const refused = {
  ...cors,
  "content-type": "application/json",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** tRPC's envelope around the refusal of the user's quota. */
function tooMany(answer: Answer): object {
  const data = {
    code: "TOO_MANY_REQUESTS",
    httpStatus: 429,
    reason: "quota-exceeded",
    violatedPolicies: ["api"],
    retryAfterMs: expect.any(Number),
  };
  return { error: { message: `Too many requests (api). ${again(answer)}`, code: -32029, data } };
}

const oneQuota: Case = {
  name: "trpc: a procedure is answered in its envelope, and shares the quota of the API",
  async run(world) {
    const account = world.account("free");
    const client = world.client();
    const answer = await world.send({ ...calling(account, "me"), client });
    const me = await world.send(asking(account, { client }));
    const json = { result: { data: JSON.parse(me.body) } };
    const limits = [ip([perAddress - 1, perAddress - 1]), api(quota, [quota - 1, quota - 1])];
    expectAnswer(world, answer, { status: 200, headers: answered, limits, json });
    expectLimits(world.features, me, [ip([perAddress - 2, perAddress - 1]), api(quota, [quota - 2, quota - 1])]);
  },
};

const everyOne: Case = {
  name: "trpc: when the quota is spent, over tRPC and the API alike, every procedure is 429 in its envelope",
  async run(world) {
    const account = world.account("free");
    const client = crowd(world, quota);
    const mixed = (number: number): Question => {
      const question = number % 2 ? asking(account) : calling(account, "feeds.list");
      return { ...question, client: client(number) };
    };
    await spend(world, { policy: "api", requests: quota, quota, question: mixed });
    for (const name of names) {
      const question = calling(account, name);
      if (!isLimited(world.features, "api")) {
        expect((await world.send(question)).status, name).not.toBe(429);
        continue;
      }
      const answer = await refusal(world, question, 8);
      const limits = [ip(), api(quota, [0, 0])];
      const headers = { ...refused, ...retryAfter(world.features, api(quota)) };
      expectAnswer(world, answer, { status: 429, headers, limits, json: tooMany(answer) });
    }
  },
};

const batches: Case = {
  name: "trpc: a batch of 50 procedures costs 50, and once nothing is left it is refused for each of them",
  async run(world) {
    const account = world.account("free");
    await freshWindow(world, 60_000);
    const sinceMs = performance.now();
    const answer = await world.send(batch(account, 50));
    const limits = [ip([perAddress - 1, perAddress - 1]), api(quota, [quota - 50, quota - 50])];
    const one = { result: { data: expect.objectContaining({ username: account.username }) } };
    expectAnswer(world, answer, { status: 200, headers: answered, limits, json: Array(50).fill(one) });
    const question = () => asking(account);
    await spend(world, { policy: "api", requests: quota - 50, quota, sinceMs, question });
    if (!isLimited(world.features, "api")) return;
    const denied = await refusal(world, batch(account, 3), 8);
    const headers = {
      ...refused,
      "retry-after": expect.stringMatching(countsInWindows(world.features) ? "^60$" : "^[123]$"),
    };
    const json = Array(3).fill(tooMany(denied));
    expectAnswer(world, denied, { status: 429, headers, limits: [ip(), api(quota, [0, 2])], json });
  },
};

const whole: Case = {
  name: "trpc: a batch that does not fit is denied whole and costs nothing",
  applies: ({ features: { scope, cost } }) =>
    cost || scope === "none"
      ? undefined
      : "its backend looks at what was counted before, and lets a batch go beyond it",
  async run(world) {
    const account = world.account("free");
    expect((await world.send(batch(account, 30))).status).toBe(200);
    const isBounded = isLimited(world.features, "api");
    const denied = await world.send(batch(account, 59));
    expect(denied.status).toBe(isBounded ? 429 : 200);
    if (isBounded) expectLimits(world.features, denied, [ip(), api(quota, [30, 58])]);
    expect((await world.send(batch(account, 30))).status, "what was left before is left").toBe(200);
  },
};

const tooLong: Case = {
  name: "trpc: a batch of more than the plan has is 413, and so is one of more than 100",
  async run(world) {
    const account = world.account("free");
    const more = await world.send(batch(account, quota + 1));
    const data = { code: "PAYLOAD_TOO_LARGE", httpStatus: 413 };
    const limits = [ip([perAddress - 1, perAddress - 1])];
    const headers = refused;
    if (isLimited(world.features, "api")) {
      const message = "More than the limit allows at once (api).";
      const why = { reason: "cost-too-high", violatedPolicies: ["api"] };
      const json = Array(quota + 1).fill({ error: { message, code: -32013, data: { ...data, ...why } } });
      expectAnswer(world, more, { status: 413, headers, limits, json });
    }
    const json = { error: { message: "A batch has at most 100 procedures.", code: -32013, data } };
    expectAnswer(world, await world.send(batch(account, 101)), { status: 413, headers, limits, json });
    const me = await world.send(asking(account));
    expectLimits(world.features, me, [ip(), api(quota, [quota - 1, quota - 1])]);
  },
};

const guessing: Case = {
  name: "trpc: without a token it is 401 in its envelope, charged to the address",
  async run(world) {
    const answer = await world.send({ path: "/trpc/me" });
    const data = { code: "UNAUTHORIZED", httpStatus: 401 };
    const message = "Send your API token: Authorization: Bearer <token>.";
    expectAnswer(world, answer, {
      status: 401,
      headers: { ...refused, "www-authenticate": 'Bearer realm="feeds"' },
      limits: [ip([perAddress - 1, perAddress - 1])],
      json: { error: { message, code: -32001, data } },
    });
  },
};

const mistaken: Case = {
  name: "trpc: a procedure that is not there is 404 and an input that is wrong 400, each charged",
  async run(world) {
    const account = world.account("free");
    const limits = (spent: number) => [ip(), api(quota, [quota - spent, quota - 1])];
    const nowhere = await world.send(asking(account, { path: "/trpc/nope" }));
    const notFound = { code: "NOT_FOUND", httpStatus: 404, path: "nope" };
    const message = 'No procedure found on path "nope"';
    const json = { error: { message, code: -32004, data: notFound } };
    const headers = { ...answered, "cache-control": "no-store" };
    expectAnswer(world, nowhere, { status: 404, headers, limits: limits(1), json });
    const wrong = await world.send(asking(account, { path: "/trpc/feeds.get?input=%7B%7D" }));
    const errors = [{ field: "slug", message: expect.any(String) }];
    const data = { code: "BAD_REQUEST", httpStatus: 400, path: "feeds.get", errors };
    const problem = { error: { message: "The input is not valid.", code: -32600, data } };
    expectAnswer(world, wrong, { status: 400, headers, limits: limits(2), json: problem });
  },
};

export const trpc: readonly Case[] = [oneQuota, everyOne, batches, whole, tooLong, guessing, mistaken];
