/** Reports of bounces: signed, bounded, limited by address before anybody looks at the signature, and taken in once. */

import { expect } from "vitest";
import { reporting } from "../bounce-report.ts";
import { problemHeaders, quotaExceeded, refusalHeaders } from "./answers.ts";
import { refusal, spend } from "./bursts.ts";
import type { Case, Question } from "./case.ts";
import { perAddress } from "./limits.ts";

const report = { type: "bounce", inbox: "news-1@feeds.example", recipient: "nobody@readers.example" };
const written = (more: object): string => JSON.stringify({ id: crypto.randomUUID(), ...report, ...more });

const takenIn: Case = {
  name: "bounces: a signed report is taken in, and its repeat changes nothing",
  async run(world) {
    const question = reporting(written({}));
    const answers = [await world.send(question), await world.send(question)];
    expect(answers.map(({ status, body }) => [status, JSON.parse(body)])).toEqual([
      [200, { duplicate: false }],
      [200, { duplicate: true }],
    ]);
  },
};

const wrong: readonly (readonly [title: string, status: number, question: () => Question])[] = [
  ["not signed", 401, () => ({ ...reporting(written({})), headers: { "Content-Type": "application/json" } })],
  ["signed for another body", 401, () => ({ ...reporting(written({})), body: written({ type: "complaint" }) })],
  ["signed six minutes ago", 401, () => reporting(written({}), Date.now() - 360_000)],
  ["no JSON", 400, () => reporting("{")],
  ["of another type", 400, () => reporting(written({ type: "deferral" }))],
  ["about an inbox that nobody has", 404, () => reporting(written({ inbox: "nobody@feeds.example" }))],
  ["larger than 64 kB", 413, () => reporting("x".repeat(65_537))],
  ["asked for by GET", 404, () => ({ path: "/webhooks/bounces" })],
];

const refused = wrong.map(
  ([title, status, question]): Case => ({
    name: `bounces: what is ${title} is ${status}`,
    async run(world) {
      const answer = await world.send(question());
      expect([answer.status, JSON.parse(answer.body)]).toEqual([status, expect.objectContaining({ status })]);
      expect(answer.headers).toMatchObject(problemHeaders);
    },
  }),
);

const forged: Case = {
  name: "bounces: forged ones are refused after 100 from an address, before they are looked at; elsewhere reports are heard",
  async run(world) {
    const forger = world.client();
    const question = (): Question => {
      const { headers, ...rest } = reporting(written({}));
      return { ...rest, client: forger, headers: { ...headers, "X-Sluice-Signature": "t=1,v1=00" } };
    };
    const spending = { policy: "ip", requests: perAddress, quota: perAddress, status: 401, question } as const;
    for (const answer of await spend(world, spending)) {
      expect(answer.headers).toMatchObject(refusalHeaders);
      expect(JSON.parse(answer.body)).toEqual(quotaExceeded(answer, "ip"));
    }
    const signed = reporting(written({}));
    await refusal(world, { ...signed, client: forger });
    expect(JSON.parse((await world.send(signed)).body)).toMatchObject({ duplicate: expect.any(Boolean) });
  },
};

export const bounces: readonly Case[] = [takenIn, ...refused, forged];
