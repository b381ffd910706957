/** The limit by address: it holds with every backend, and is met before anybody looks at a token. */

import { expect } from "vitest";
import { apiHeaders, cors, expectAnswer, problemHeaders, quotaExceeded, refusalHeaders } from "./answers.ts";
import { refusal, spendAddress } from "./bursts.ts";
import { asking, type Case } from "./case.ts";
import { api, ip, perAddress, perMinute, retryAfter } from "./limits.ts";

const whole = [perAddress - 1, perAddress - 1] as const;

const guessing: Case = {
  name: "address: guessing tokens is refused after 100, before the token is looked at, and nobody else notices",
  async run(world) {
    const guesser = world.client();
    for (const refused of await spendAddress(world, guesser)) {
      expectAnswer(world, refused, {
        status: 429,
        headers: { ...cors, ...refusalHeaders, ...retryAfter(world.features, ip()) },
        limits: [ip([0, 0])],
        json: quotaExceeded(refused, "ip"),
      });
    }
    const account = world.account("free");
    const known = await refusal(world, asking(account, { client: guesser }));
    expect(JSON.parse(known.body)).toMatchObject({ "violated-policies": ["ip"] });
    const preflight = {
      method: "OPTIONS",
      headers: { "Access-Control-Request-Method": "GET", Origin: "https://a.example" },
    };
    expect((await world.send({ path: "/api/me", client: guesser, ...preflight })).status, "preflights are free").toBe(
      204,
    );
    const elsewhere = await world.send(asking(account));
    const limits = [ip(whole), api(perMinute.api.free)];
    expectAnswer(world, elsewhere, { status: 200, headers: apiHeaders, limits });
  },
};

const tokens = [
  ["no token", {}, 'Bearer realm="feeds"', "Send your API token: Authorization: Bearer <token>."],
  [
    "another scheme",
    { Authorization: "Basic ZGVtby1wcm86" },
    'Bearer realm="feeds"',
    "Send your API token: Authorization: Bearer <token>.",
  ],
  [
    "a token nobody has",
    { Authorization: "Bearer nobody" },
    'Bearer realm="feeds", error="invalid_token"',
    "This API token is not known.",
  ],
] as const;

const unauthorized = tokens.map(
  ([title, headers, challenge, detail]): Case => ({
    name: `address: with ${title} the API answers 401, charged to the address`,
    async run(world) {
      const answer = await world.send({ path: "/api/me", headers });
      expectAnswer(world, answer, {
        status: 401,
        headers: { ...cors, ...problemHeaders, "www-authenticate": challenge },
        limits: [ip(whole)],
        json: { title: "Unauthorized", status: 401, detail },
      });
    },
  }),
);

export const address: readonly Case[] = [guessing, ...unauthorized];
