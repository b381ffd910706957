import { env } from "cloudflare:workers";
import { type RateLimitBinding, rateLimitBindings } from "@sluice/core/cloudflare";
import { durableObject, type LimiterNamespace } from "@sluice/core/durable-object";
import { type Backend, perMinute, policy } from "@sluice/core/engine";
import { layered } from "@sluice/core/resilience";
import { cases, conformance, fakeStartMs, type Subject, type TestClock } from "@sluice/core/testing";
import { describe, expect, it, vi } from "vitest";
import { prove } from "../prove.ts";

const { API_RATE_LIMIT, RL_1_MINUTE, LIMITER } = env as unknown as {
  readonly API_RATE_LIMIT: RateLimitBinding;
  readonly RL_1_MINUTE: RateLimitBinding;
  readonly LIMITER: LimiterNamespace;
};

// Moves the time of the objects, and not that of the bindings: a ceiling of 10,000 is not met by any case.
vi.useFakeTimers({ toFake: ["Date"] });
const clock: TestClock = {
  set: (instantMs) => void vi.setSystemTime(instantMs),
  advance: (ms) => void vi.setSystemTime(Date.now() + ms),
};
await clock.set(fakeStartMs);

const ceilings = [{ name: "API_RATE_LIMIT", binding: API_RATE_LIMIT, limit: 10_000, period: 60 }] as const;

let made = 0;

/** Every backend has objects of its own. */
function backend(): Backend {
  const own = ++made;
  const objects: LimiterNamespace = { getByName: (name, options) => LIMITER.getByName(`${own}/${name}`, options) };
  return layered(rateLimitBindings({ ceilings }), durableObject(objects, { denyCache: false }));
}

const subject: Subject = {
  name: "cloudflare before durable-object",
  make: backend,
  clock,
  algorithms: ["token-bucket"],
};

await prove(subject, {
  notClaimed: ["does not claim exact", "has no consumeEach", "its round trips are not counted"],
});

function unmet(): Backend {
  const both = backend();
  return { ...both, features: { ...both.features, exact: true } };
}

const exact = await conformance(
  { ...subject, make: unmet },
  cases.filter(({ needs }) => needs?.includes("exact")),
);

describe("a ceiling that is not met leaves the object as exact as it is", () => {
  for (const { name, skip, run } of exact.entries) if (skip === undefined) it(name, run);
});

describe("a ceiling that is met", () => {
  it("denies before the object is asked, and knows no number", async () => {
    const low = [{ name: "RL_1_MINUTE", binding: RL_1_MINUTE, limit: 1, period: 60 }] as const;
    const asked: string[] = [];
    const counted: LimiterNamespace = {
      getByName(name, options) {
        asked.push(name);
        return LIMITER.getByName(name, options);
      },
    };
    const gated = layered(rateLimitBindings({ ceilings: low }), durableObject(counted));
    const charge = { policy: policy("met", perMinute(60)), key: "k", cost: 1 };
    const first = await gated.consume([charge]);
    expect(first.decisions[0]).toMatchObject({ allowed: true, charged: 1, remaining: 59 });
    const denied = await gated.consume([charge]);
    expect(denied).toMatchObject({ allowed: false, retryAfterMs: 60_000, decisions: [{ allowed: false, charged: 0 }] });
    expect(denied.decisions[0]?.remaining).toBeUndefined();
    expect(asked).toHaveLength(1);
  });
});
