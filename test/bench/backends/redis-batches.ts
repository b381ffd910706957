/** What a server is sent for 32 decisions: by bare scripts, by Sluice one at a time, and by Sluice for 32 callers at once. */

import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert";
import { type Policy, policy } from "@sluice/core";
import { redis } from "@sluice/core/redis";
import { Redis } from "ioredis";
import { slow } from "./rates.ts";
import { type Command, encoded } from "./wire.ts";
import { deadlineMs } from "./with-redis.ts";

export const atOnce = 32;

const bench: Policy = policy("bench", slow);

/** A client that remembers which scripts it called with what. */
class Recording extends Redis {
  calls: Command[] = [];

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    if (command.name === "evalsha") this.calls.push(["EVALSHA", ...command.args.map(String)]);
    return super.sendCommand(command, stream);
  }
}

/** A script of one key: an EVALSHA for each decision. */
export async function bare(url: string, keys: readonly string[], script: string, args: Command): Promise<Buffer[]> {
  const sha = await connected(url, async (client) => String(await client.script("LOAD", script)));
  // Keys of its own, so that it reads no other's states.
  return inBatches(keys).map((batch) =>
    encoded(batch.map((key) => ["EVALSHA", sha, 1, `${sha.slice(0, 6)}:${key}`, ...args])),
  );
}

/** What Sluice sends for a single charge, for each of these equally long keys. */
export async function single(url: string, keys: readonly string[]): Promise<Buffer[]> {
  const [first, second] = keys as [string, string];
  return await connected(url, async (client) => {
    const backend = redis(client, { denyCache: false, deadlineMs });
    const sentFor = async (key: string): Promise<Command> => {
      client.calls = [];
      strictEqual((await backend.consume([{ policy: bench, key, cost: 1 }])).allowed, true);
      return client.calls.at(-1) as Command;
    };
    const sent = await sentFor(first);
    const callFor = (key: string): Command => sent.map((arg) => String(arg).replaceAll(first, key));
    // Unless the key is all that differs from one charge to the next, this would not be what Sluice sends.
    deepStrictEqual(await sentFor(second), callFor(second));
    notDeepStrictEqual(callFor(first), callFor(second));
    return inBatches(keys).map((batch) => encoded(batch.map(callFor)));
  });
}

/** What Sluice makes of as many callers as keys, all at once. */
export async function together(url: string, keys: readonly string[]): Promise<Buffer[]> {
  return await connected(url, async (client) => {
    const backend = redis(client, { denyCache: false, deadlineMs });
    const batches: Buffer[] = [];
    for (const batch of inBatches(keys)) {
      client.calls = [];
      await Promise.all(batch.map((key) => backend.consume([{ policy: bench, key: `together:${key}`, cost: 1 }])));
      batches.push(encoded(client.calls));
    }
    return batches;
  });
}

async function connected<T>(url: string, work: (client: Recording) => Promise<T>): Promise<T> {
  const client = new Recording(url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

function inBatches(keys: readonly string[]): string[][] {
  return Array.from({ length: keys.length / atOnce }, (_, i) => keys.slice(i * atOnce, (i + 1) * atOnce));
}
