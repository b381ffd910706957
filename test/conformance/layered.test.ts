import type { Backend, Charge, Features, Outcome } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { layered } from "@sluice/core/resilience";
import { cases, conformance, fakeClock } from "@sluice/core/testing";
import { describe, it } from "vitest";
import { prove } from "./prove.ts";

const clock = fakeClock();

/** A ceiling as ratelimit bindings are one: it knows yes and no, takes nothing back, and here is too high to be met. */
function ceiling(): Backend {
  const features: Features = {
    scope: "location",
    exact: false,
    durable: false,
    remaining: false,
    cost: false,
    delay: false,
    settle: false,
    reset: false,
    block: false,
    lease: false,
    acrossShards: false,
  };
  return {
    name: "ceiling",
    features,
    supports: () => undefined,
    async consume(charges: readonly Charge[]): Promise<Outcome> {
      return {
        allowed: true,
        decisions: charges.map(({ policy, key, shard, cost, mode }) => {
          return { policy, key, shard, cost, allowed: true, charged: mode === "peek" ? 0 : Math.ceil(cost) };
        }),
      };
    },
  };
}

/** Says of a layered backend what holds while its first layer has nothing to say against a charge. */
function exactly(backend: Backend): Backend {
  return { ...backend, features: { ...backend.features, exact: true } };
}

const notClaimed = ["has no consumeEach", "its round trips are not counted"];

await prove(
  { name: "layered", make: () => layered(ceiling(), memory({ clock })), clock },
  { notClaimed: [...notClaimed, "does not claim exact"] },
);

await prove(
  { name: "layered, unmet", make: () => exactly(layered(ceiling(), memory({ clock }))), clock },
  { notClaimed: [...notClaimed, "does not claim acrossShards"] },
);

// Both layers count the same, so whatever one of them books and the other does not would show. Only what happens when
// the clock steps back is not for two: the second sees nothing of what the first one denies; and a block is the last one's
// alone.
const subject = { name: "layered, twice", make: () => exactly(layered(memory({ clock }), memory({ clock }))), clock };
const { backend, entries } = await conformance(
  subject,
  cases.filter(({ promise }) => promise !== 3 && promise !== 13),
);

describe(backend, () => {
  for (const { name, skip, run } of entries) if (skip === undefined) it(name, run);
});
