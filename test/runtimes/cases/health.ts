/** /health: what it says of the limits is what the backend's features say. */

import { expect } from "vitest";
import { expectAnswer } from "./answers.ts";
import type { Case, World } from "./case.ts";

const embedded = { backend: "memory", scope: "process", exact: true };

/** Prospects are looked up where there are keys. */
const without = { enabled: false, because: "GROK_API_KEY and MILLION_VERIFIER_API_KEY are not set" };

/** How limits are counted while all is well. */
export function healthy({ target: { backend }, features: { scope, exact } }: World): object {
  // Layers are named after all of them.
  const counted = { backend: expect.stringContaining(backend), scope, exact };
  return {
    status: "ok",
    limiting: {
      enabled: scope !== "none",
      ...(scope === "none" && { because: expect.stringContaining("counts nothing") }),
      ...counted,
      answers: true,
    },
    safety: scope === "none" ? embedded : counted,
    jobs: { enabled: false, transports: [], bounces: true, prospects: without, last: {} },
  };
}

const says: Case = {
  name: "health: says where limits are counted, as the backend's features have it, to anybody and for nothing",
  async run(world) {
    const client = world.client();
    const expected = {
      status: 200,
      headers: { "cache-control": "no-store", "content-type": "application/json" },
      json: healthy(world),
    };
    for (let number = 0; number < 3; number++) {
      expectAnswer(world, await world.send({ path: "/health", client }), expected);
    }
  },
};

export const health: readonly Case[] = [says];
