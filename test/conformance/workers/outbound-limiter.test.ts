import { runInDurableObject } from "cloudflare:test";
import { durableObject } from "@sluice/core/durable-object";
import { perSecond } from "@sluice/core/engine";
import { limiter, sendQuota } from "@sluice/outbound";
import { describe, expect, it } from "vitest";
import { LIMITER, own, STRANGER } from "./objects.ts";

// Made at module scope, as a Worker does, and used by all its requests.
const limit = limiter({ name: "api", rate: perSecond(2), backend: durableObject(own(LIMITER)) });

/** Runs `job` in the context of a request of its own, in this isolate. */
function inRequest<R>(name: string, job: () => Promise<R>): Promise<R> {
  return runInDurableObject(STRANGER.getByName(name), job);
}

describe("an outbound limiter over a Durable Object", () => {
  it("is waited for by two requests at once, each on its own timer", async () => {
    const starts: number[] = [];
    const request = (name: string) =>
      inRequest(name, async () => {
        for (let i = 0; i < 3; i++) {
          await using place = await limit.acquire();
          starts.push(Date.now());
          await place.commit();
        }
        return starts.length;
      });
    await Promise.all([request("first"), request("second")]);
    expect(starts).toHaveLength(6);
    for (const from of starts)
      expect(starts.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(2);
  });

  it("goes on when a request that waited before it is given up", async () => {
    const patient = limit.for("patient");
    await inRequest("filling", async () => void (await patient.tryAcquire(2)));
    const waiting = inRequest("given up", async () => {
      const aborting = new AbortController();
      setTimeout(() => aborting.abort(new Error("client went away")), 200);
      return patient.acquire(1, { signal: aborting.signal }).catch((error: Error) => error.message);
    });
    const served = inRequest("served", async () => (await patient.acquire()).state);
    expect(await waiting).toBe("client went away");
    expect(await served).toBe("pending");
  });

  it("is paused for every request, with the reason, and probes after it", async () => {
    const paused = limit.for("paused");
    await inRequest("operator", () => limit.pause({ reason: "429 from the API", by: "ada" }));
    const denial = await inRequest("caller", async () => {
      const answer = await paused.tryAcquire();
      return answer.allowed ? undefined : answer;
    });
    expect(denial).toMatchObject({
      because: "paused",
      violations: [{ paused: { reason: "429 from the API", by: "ada" } }],
    });
    await inRequest("operator", () => limit.resume());
    const answers = await inRequest("caller", async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [(await paused.tryAcquire()).allowed, (await paused.tryAcquire()).allowed];
    });
    expect(answers).toEqual([true, false]);
  });
});

const quota = sendQuota({ backend: durableObject(own(LIMITER)), perHour: 3, perInbox: 2 });

describe("a send quota over a Durable Object", () => {
  const inboxes = ["a", "b"].map((id) => ({ id, timeZone: "Europe/Berlin" }));

  it("is shared by requests: each picks the least used, and the hour is everybody's", async () => {
    const pick = (name: string) =>
      inRequest(name, async () => {
        const answer = await quota.pickInbox(inboxes);
        if (!answer.allowed) return answer.violations.map(({ name: limit }) => limit).join();
        await answer.ready();
        await answer.commit();
        return answer.inbox.id;
      });
    const picked = await Promise.all(["one", "two", "three", "four"].map(pick));
    expect([...new Set(picked)].sort()).toEqual(["a", "b", "send.hour"]);
    expect(picked.filter((id) => id === "send.hour")).toHaveLength(1);
    expect(await inRequest("page", () => quota.usage(inboxes))).toMatchObject({ hour: { used: 3 }, day: { used: 3 } });
  });

  it("is paused and resumed for every request", async () => {
    await inRequest("operator", () => quota.pause({ inbox: "b", reason: "blocklisted", by: "ada" }));
    const asked = await inRequest("caller", async () => {
      const answer = await quota.reserveSend({ id: "b", timeZone: "Europe/Berlin" });
      return answer.allowed ? undefined : answer;
    });
    expect(asked?.violations).toMatchObject([{ key: "b", paused: { reason: "blocklisted" } }, { name: "send.hour" }]);
    await inRequest("operator", () => quota.resume({ inbox: "b" }));
    const { inboxes: after } = await inRequest("page", () => quota.usage(inboxes));
    expect(after.map(({ paused }) => paused)).toEqual([undefined, undefined]);
  });
});
