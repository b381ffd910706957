/** The usual limits name the counters that byUser and byFeedOwner fill: else pages would show counters that nobody fills. */

import { byFeedOwner, byUser, type Incoming, perHour, policy } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { feedOwnerLimit, userLimit } from "./usual-limits.ts";

const incoming = { request: new Request("https://app.example/"), env: {}, context: undefined } as Incoming;

describe.each([
  [
    "userLimit",
    userLimit(),
    (limit: ReturnType<typeof userLimit>) => byUser({ user: () => "u1", limit: limit.rate(5) }),
  ],
  [
    "feedOwnerLimit",
    feedOwnerLimit(),
    (limit: ReturnType<typeof userLimit>) => byFeedOwner({ owner: () => "u1", limit: limit.rate(5) }),
  ],
])("%s", (_, limit, limiterOf) => {
  it("names the policy, key and shard that its limiter charges", async () => {
    const { charge } = await limiterOf(limit).ask(incoming);
    expect(charge).toMatchObject({ policy: policy(limit.policy, limit.rate(5)), ...limit.counter("u1") });
    expect(limit.userOf(charge?.key ?? "")).toBe("u1");
    expect(limit.userOf("192.0.2.1")).toBeUndefined();
  });

  it("has a rate for every number that an editor takes, 0 and a thousand million included", () => {
    for (const units of [0, 1, 60, 1_000_000_000]) expect(policy(limit.policy, limit.rate(units)).limit).toBe(units);
  });
});

it("may be called and counted otherwise", () => {
  const limit = userLimit({
    label: "Exports",
    policy: "exports",
    unit: "exports per hour",
    rate: (units) => perHour(units),
  });
  expect(limit).toMatchObject({ label: "Exports", policy: "exports", unit: "exports per hour" });
  expect(limit.rate(3)).toEqual(perHour(3));
});
