/** What does not exist: guessing names of owners and feeds is paid for by whoever guesses. */

import { expectAnswer, feedHeaders, problemHeaders, quotaExceeded, refusalHeaders } from "./answers.ts";
import { refusal, spend } from "./bursts.ts";
import type { Case } from "./case.ts";
import { ip, perAddress, retryAfter } from "./limits.ts";

const guesses = (username: string) => [
  `/public/${username}/olds`,
  "/public/nobody/news",
  `/public/${username}/news.xml`,
  "/public/%00/news.rss",
];

const notFound = {
  status: 404,
  headers: problemHeaders,
  json: { title: "Not Found", status: 404, detail: "There is no such feed." },
} as const;

const names: Case = {
  name: "unknown: names of owners and feeds that do not exist are 404, charged to the reader's address",
  async run(world) {
    for (const path of guesses(world.account("free").username)) {
      const limits = [ip([perAddress - 1, perAddress - 1])];
      expectAnswer(world, await world.send({ path }), { ...notFound, limits });
    }
  },
};

const guessing: Case = {
  name: "unknown: the 101st guess is 429, and known feeds can be read from there all the same",
  async run(world) {
    const { feed, username } = world.account("free");
    const client = world.client();
    const paths = guesses(username);
    const question = (number: number) => ({ path: paths[number % paths.length] as string, client });
    const refused = await spend(world, {
      policy: "ip",
      requests: perAddress,
      quota: perAddress,
      status: 404,
      question,
    });
    for (const answer of refused) {
      expectAnswer(world, answer, {
        status: 429,
        headers: { ...refusalHeaders, ...retryAfter(world.features, ip()) },
        limits: [ip([0, 0])],
        json: quotaExceeded(answer, "ip"),
      });
    }
    expectAnswer(world, await world.send({ path: feed, client }), { status: 200, headers: feedHeaders });
    await refusal(world, { path: "/public/nobody/news", client });
    const elsewhere = await world.send({ path: "/public/nobody/news" });
    expectAnswer(world, elsewhere, { ...notFound, limits: [ip([perAddress - 1, perAddress - 1])] });
  },
};

const spentOwner: Case = {
  name: "unknown: reading feeds costs no reader anything of the limit by address",
  async run(world) {
    const { feed } = world.account("pro");
    const client = world.client();
    for (let number = 0; number < 5; number++) await world.send({ path: feed, client });
    const guess = await world.send({ path: "/public/nobody/news", client });
    expectAnswer(world, guess, { ...notFound, limits: [ip([perAddress - 1, perAddress - 1])] });
  },
};

const routes: Case = {
  name: "unknown: addresses of no route are 404, and no limit is announced",
  async run(world) {
    const json = { title: "Not Found", status: 404, detail: "There is nothing at this address." };
    for (const path of ["/", "/nothing", "/public", "/public/free", "/public/free/news/more"]) {
      expectAnswer(world, await world.send({ path }), { status: 404, headers: problemHeaders, json });
    }
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const answer = await world.send({ path: world.account("free").feed, method });
      expectAnswer(world, answer, { status: 404, headers: problemHeaders, json });
    }
  },
};

export const unknown: readonly Case[] = [names, guessing, spentOwner, routes];
