/** Headers that name an address: they count only where the target was told to trust them, and then only the proxy's part. */

import { expect } from "vitest";
import { sendTo } from "../http-client.ts";
import type { Instance, Target } from "../target.ts";
import { spend } from "./bursts.ts";
import type { Case, World } from "./case.ts";
import { perAddress } from "./limits.ts";

/** Addresses that no request came from, in every header that somebody somewhere trusts. */
function forged(number: number, { name }: Target): Record<string, string> {
  const address = `6.6.${number >> 8}.${number & 255}`;
  return {
    "X-Forwarded-For": `${address}, ${address}`,
    Forwarded: `for=${address}`,
    "X-Real-IP": address,
    "True-Client-IP": address,
    "X-Client-IP": address,
    // Cloudflare overwrites this one, so on Workers it is no forgery but the address itself.
    ...(name !== "workers" && { "CF-Connecting-IP": address }),
  };
}

/** One client's guesses, each pretending to be another's. */
async function oneClient(world: World): Promise<void> {
  const client = world.client();
  const question = (number: number) => ({ path: "/api/me", client, headers: forged(number, world.target) });
  await spend(world, { policy: "ip", requests: perAddress, quota: perAddress, status: 401, question });
}

const recordedAs = async (world: World): Promise<void> => {
  const { feed, feedId } = world.account("pro");
  const client = world.client();
  await world.send({ path: feed, client, headers: forged(7, world.target) });
  const addresses = async () =>
    (await world.running.accesses()).filter((row) => row.feedId === feedId).map(({ address }) => address);
  await expect.poll(addresses, { timeout: 5_000, interval: 50 }).toEqual([world.running.addressOf(client)]);
};

const direct: Case = {
  name: "spoofing: told of no proxy, no header makes one client many",
  boot: { proxied: false },
  applies: ({ name }) => (name === "workers" ? "Workers are always behind Cloudflare" : undefined),
  run: oneClient,
};

const directLog: Case = {
  name: "spoofing: told of no proxy, the access log has the address of the connection",
  boot: { proxied: false },
  applies: ({ name }) => (name === "workers" ? "Workers are always behind Cloudflare" : undefined),
  run: recordedAs,
};

const proxied: Case = {
  name: "spoofing: behind a proxy only the entry that the proxy appended counts, whatever stands left of it",
  boot: { instances: 2, proxied: true },
  applies: ({ name }) => (name === "workers" ? "Workers are always behind Cloudflare" : undefined),
  async run(world) {
    await oneClient(world);
    await recordedAs(world);
  },
};

const workers: Case = {
  name: "spoofing: on Workers no header but Cloudflare's own counts",
  applies: ({ name }) => (name === "workers" ? undefined : "it is about CF-Connecting-IP"),
  async run(world) {
    await oneClient(world);
    await recordedAs(world);
  },
};

/** The one address that Cloudflare names for all Workers of other zones. */
const crossZone = "2a06:98c0:3600::103";

const zones: Case = {
  name: "spoofing: Workers of other zones, which share one address, have a quota for each zone",
  applies: ({ name }) => (name === "workers" ? undefined : "it is about CF-Connecting-IP"),
  async run(world) {
    const { url } = world.running.instances[0] as Instance;
    // As Cloudflare asks, which the suite plays otherwise.
    const ask = (zone: string) =>
      sendTo(url, { path: "/api/me", headers: { "CF-Connecting-IP": crossZone, "CF-Worker": zone } });
    // So that none of them can lock out another.
    const zone = { ...world, send: () => ask("a.example") };
    const question = () => ({ path: "/api/me" });
    await spend(zone, { policy: "ip", requests: perAddress, quota: perAddress, status: 401, question });
    expect((await ask("b.example")).status).toBe(401);
  },
};

export const spoofing: readonly Case[] = [direct, directLog, proxied, workers, zones];
