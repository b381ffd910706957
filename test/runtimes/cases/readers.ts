/** Readers: anonymous in what they are answered, and recorded in the access log, each with an address and a user agent. */

import { expect } from "vitest";
import type { AccessRow } from "../target.ts";
import { ownHeaders } from "./answers.ts";
import type { Case, World } from "./case.ts";
import { spendFeed } from "./feed-owner.ts";
import { perMinute } from "./limits.ts";

const anonymous: Case = {
  name: "readers: whoever asks, the answer is the same to the byte, and says nothing of who asked",
  async run(world) {
    const { feed, token } = world.account("pro");
    const readers = [
      {},
      { "User-Agent": "reader/1", Cookie: "session=1", "Accept-Language": "de", Referer: "https://a.example/" },
      { "User-Agent": "reader/2", Authorization: `Bearer ${token}`, Origin: "https://b.example", DNT: "1" },
    ];
    const answers = [];
    for (const headers of readers) answers.push(await world.send({ path: feed, headers }));
    const [first] = answers.map((answer) => ({ ...answer, headers: ownHeaders(answer) }));
    for (const answer of answers) {
      expect({ ...answer, headers: ownHeaders(answer) }).toEqual(first);
      expect(Object.keys(answer.headers)).not.toContain("set-cookie");
      // Only the form that was asked for may make answers differ.
      expect(answer.headers["vary"]).toBe("Accept");
    }
  },
};

const recorded: Case = {
  name: "readers: each read is in the access log, 304 and 429 too, with the reader's address and user agent",
  async run(world) {
    const { feed, feedId, username } = world.account("free");
    const [first, second] = [world.client(), world.client()];
    const startedMs = Date.now();
    const { headers } = await world.send({ path: feed, client: first, headers: { "User-Agent": "reader/1" } });
    const etag = { "If-None-Match": headers["etag"] ?? "" };
    await world.send({ path: feed, client: second, headers: { "User-Agent": "reader/2", ...etag } });
    await world.send({ path: feed, client: second, method: "HEAD", headers: { "User-Agent": "x".repeat(600) } });
    // None of these is a read of a feed.
    for (const path of [`/public/${username}/olds`, "/public/nobody/news", "/health"]) await world.send({ path });
    const rows = await accessesOf(world, feedId, 3);
    const of = (client: number) => world.running.addressOf(client);
    expect(rows.map(({ address, userAgent, status }) => ({ address, userAgent, status }))).toEqual([
      { address: of(first), userAgent: "reader/1", status: 200 },
      { address: of(second), userAgent: "reader/2", status: 304 },
      { address: of(second), userAgent: "x".repeat(512), status: 200 },
    ]);
    for (const { atMs } of rows) {
      expect(atMs).toBeGreaterThanOrEqual(startedMs - 1_000);
      expect(atMs).toBeLessThanOrEqual(Date.now() + 1_000);
    }
  },
};

const refused: Case = {
  name: "readers: a burst is in the access log read by read, and says what each was answered",
  async run(world) {
    const { feed, feedId } = world.account("free");
    let asked = 0;
    const question = () => {
      asked++;
      return { path: feed, headers: { "User-Agent": `reader/${asked}` } };
    };
    const denied = await spendFeed(world, feed, perMinute.feed.free, { question });
    const rows = await accessesOf(world, feedId, asked);
    expect(rows.filter(({ status }) => status === 429)).toHaveLength(denied.length);
    expect(rows.filter(({ status }) => status === 200)).toHaveLength(asked - denied.length);
    expect(new Set(rows.map(({ userAgent }) => userAgent)).size).toBe(asked);
    expect(new Set(rows.map(({ address }) => address)).size).toBe(asked);
  },
};

/** What is logged of a feed, once as much is there; it is written after the answer. */
async function accessesOf({ running }: World, feedId: string, count: number): Promise<readonly AccessRow[]> {
  const read = async () => (await running.accesses()).filter((row) => row.feedId === feedId);
  await expect.poll(async () => (await read()).length, { timeout: 5_000, interval: 50 }).toBeGreaterThanOrEqual(count);
  const rows = await read();
  expect(rows).toHaveLength(count);
  return rows;
}

export const readers: readonly Case[] = [anonymous, recorded, refused];
