/** What is sent to the API, and what is said of it when it is wrong. */

import { expect } from "vitest";
import { apiHeaders, cors, expectAnswer, problemHeaders } from "./answers.ts";
import { asking, type Case, type World } from "./case.ts";
import { api, ip, perAddress, perMinute } from "./limits.ts";

const quota = perMinute.api.pro;
const first = [ip([perAddress - 1, perAddress - 1]), api(quota, [quota - 1, quota - 1])];
const headers = { "Content-Type": "application/json" };

function posting(world: World, body: string, more: Record<string, string> = headers) {
  return asking(world.account("pro"), { path: "/api/feeds", method: "POST", body, headers: more });
}

const made: Case = {
  name: "bodies: a feed that is made is 201 at its Location, is read there and published at once",
  async run(world) {
    const account = world.account("free");
    const draft = { slug: "cider", title: "Cider", homepage: "https://cider.example/a?b=c" };
    const question = asking(account, { path: "/api/feeds", method: "POST", body: JSON.stringify(draft), headers });
    const answer = await world.send(question);
    const json = {
      ...draft,
      description: "",
      publicPath: `/public/${account.username}/cider`,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    };
    const free = perMinute.api.free;
    const limits = [ip([perAddress - 1, perAddress - 1]), api(free, [free - 1, free - 1])];
    const location = "/api/feeds/cider";
    expectAnswer(world, answer, { status: 201, headers: { ...apiHeaders, location }, limits, json });
    expectAnswer(world, await world.send(asking(account, { path: location })), {
      status: 200,
      headers: apiHeaders,
      limits: [ip(), api(free)],
      json: JSON.parse(answer.body),
    });
    expect((await world.send({ path: json.publicPath })).status).toBe(200);
    const again = await world.send(question);
    const detail = 'You already have a feed "cider".';
    expectAnswer(world, again, {
      status: 409,
      headers: { ...cors, ...problemHeaders },
      limits: [ip(), api(free)],
      json: { title: "Conflict", status: 409, detail },
    });
  },
};

const mistakes = [
  ["half of JSON", '{"slug":', "Malformed JSON in request body", undefined],
  ["no fields", "{}", "The body is not valid.", ["slug", "title"]],
  ["a wrong slug", '{"slug":"X","title":"X"}', "The body is not valid.", ["slug"]],
] as const;

const wrong = mistakes.map(
  ([title, body, detail, fields]): Case => ({
    name: `bodies: ${title} is 400, and the problem says what is wrong`,
    async run(world) {
      const answer = await world.send(posting(world, body));
      const named = fields?.map((field) => ({ field, message: expect.any(String) }));
      expectAnswer(world, answer, {
        status: 400,
        headers: { ...cors, ...problemHeaders },
        limits: first,
        json: { title: "Bad Request", status: 400, detail, ...(named && { errors: named }) },
      });
    },
  }),
);

const query: Case = {
  name: "bodies: a query that is wrong is 400, and a feed that is not there 404",
  async run(world) {
    const wrongQuery = await world.send(asking(world.account("pro"), { path: "/api/feeds?limit=0" }));
    expectAnswer(world, wrongQuery, {
      status: 400,
      headers: { ...cors, ...problemHeaders },
      limits: first,
      json: {
        title: "Bad Request",
        status: 400,
        detail: "The query is not valid.",
        errors: [{ field: "limit", message: "at least 1" }],
      },
    });
    const missing = await world.send(asking(world.account("free"), { path: "/api/feeds/olds" }));
    const free = perMinute.api.free;
    expectAnswer(world, missing, {
      status: 404,
      headers: { ...cors, ...problemHeaders },
      limits: [ip([perAddress - 1, perAddress - 1]), api(free, [free - 1, free - 1])],
      json: { title: "Not Found", status: 404, detail: "You have no feed of this slug." },
    });
  },
};

const large: Case = {
  name: "bodies: one of more than a million bytes is 413",
  async run(world) {
    const answer = await world.send(posting(world, "x".repeat(1_000_001)));
    expectAnswer(world, answer, {
      status: 413,
      headers: { ...cors, ...problemHeaders },
      limits: first,
      json: { title: "Content Too Large", status: 413, detail: "A body has at most 1000000 bytes." },
    });
  },
};

export const bodies: readonly Case[] = [made, ...wrong, query, large];
