/** A backend that fails: the API stays open, guessing stays limited, and it is told once and in the open. */

import { expect } from "vitest";
import { apiHeaders, cors, expectAnswer, feedHeaders, problemHeaders } from "./answers.ts";
import { askAll, spendAddress } from "./bursts.ts";
import { asking, type Case, type World } from "./case.ts";
import { spendFeed } from "./feed-owner.ts";
import { healthy } from "./health.ts";
import { expectLimits, ip, perAddress, perMinute } from "./limits.ts";
import { spendApi } from "./plans.ts";

/** A backend that is back is found again within. */
const recoveryMs = 10_000;

const rules: Case = {
  name: "outage: the API and feeds stay open without numbers, guessing is limited by the process, and health and log tell",
  breaks: true,
  async run(world) {
    const { outage } = world.running;
    if (outage === undefined) throw new Error("no outage can be made here");
    const lines = () => world.running.log().filter((line) => line.includes("the backend "));
    const before = lines().length;
    let endedMs = 0;
    await outage.begin();
    try {
      await whileItLasts(world);
    } finally {
      endedMs = performance.now();
      await outage.end();
    }
    const says = async () => JSON.parse((await world.send({ path: "/health" })).body);
    await expect.poll(says, { timeout: recoveryMs, interval: 200 }).toEqual(healthy(world));
    expect(performance.now() - endedMs, "until it was found again").toBeLessThan(recoveryMs);
    // What a container says comes a moment later.
    await expect
      .poll(() => lines().slice(before))
      .toEqual([expect.stringContaining("the backend fails"), expect.stringContaining("the backend answers again")]);
    // And limits hold as before.
    expect(await spendApi(world, world.account("free"), perMinute.api.free)).not.toEqual([]);
    expect(await spendFeed(world, world.account("free").feed, perMinute.feed.free)).not.toEqual([]);
  },
};

async function whileItLasts(world: World): Promise<void> {
  // Counted by the process itself, whose memory knows its numbers.
  const fallback = { ...world, features: { ...world.features, scope: "none", remaining: false } } as const;
  const account = world.account("free");
  const client = world.client();
  const open = await world.send(asking(account, { client }));
  expectLimits(fallback.features, open, [ip([perAddress - 1, perAddress - 1])]);
  expectAnswer(fallback, open, { status: 200, headers: apiHeaders, limits: [ip()] });
  const { feed, username } = world.account("free");
  expectAnswer(world, await world.send({ path: feed }), { status: 200, headers: feedHeaders });

  const { limiting, ...rest } = JSON.parse((await world.send({ path: "/health" })).body);
  const { limiting: known, ...others } = healthy(world) as { limiting: object };
  const safety = { backend: "memory", scope: "process", exact: true };
  expect(rest).toEqual({ ...others, status: "degraded", safety });
  const { failing, ...counted } = limiting;
  expect(counted).toEqual({ ...known, answers: false });
  const code = /\bSLUICE_BACKEND_[A-Z]+\b/;
  expect(failing).toEqual({ since: expect.any(String), code: expect.stringMatching(code) });
  expect(Date.parse(failing.since)).toBeGreaterThan(Date.now() - 60_000);
  // The log has the first failure, and health the last: a server that goes away may be late first and then unreachable.
  const told = () => world.running.log().filter((line) => line.includes("the backend fails"));
  await expect.poll(() => told().at(-1)).toMatch(code);

  const startedMs = performance.now();
  const unknown = await world.send({ path: `/public/${username}/olds`, client });
  const tookMs = performance.now() - startedMs;
  const limits = [ip([perAddress - 2, perAddress - 1])];
  expectAnswer(fallback, unknown, { status: 404, headers: problemHeaders, limits });
  // Where each question waits for its deadline, as many refill meanwhile, and nobody can be refused. By now clients that wait
  // for a connection have given that up.
  if (tookMs > 150) return;
  for (const { status } of await askAll(world, perMinute.api.free + 20, () => asking(account))) {
    expect(status, "unlimited").toBe(200);
  }
  for (const refused of await spendAddress(fallback, world.client())) {
    expectLimits(fallback.features, refused, [ip([0, 0])]);
    expect(refused.headers).toMatchObject(cors);
  }
}

export const outages: readonly Case[] = [rules];
