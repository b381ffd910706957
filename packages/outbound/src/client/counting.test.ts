import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf } from "../../test/client-made.ts";
import { metrics } from "../metrics/metrics.ts";
import { createClient } from "./create-client.ts";

describe("a client with metrics", () => {
  it("counts what becomes of its calls", async () => {
    const counted = metrics();
    const refused = { status: 429, headers: { "retry-after": "0" } };
    const faults = [undefined, 503, "drop", "hang"] as const;
    const { statuses, client, upstream } = await made(
      { metrics: counted, rampMs: 0, timeoutMs: 1_000, retry: { attempts: 4 } },
      { answer: ({ number }) => (number === 1 ? refused : {}), fault: ({ number }) => faults[number - 1] },
    );
    expect(await statuses(1)).toEqual([200]);
    await client.pause({ reason: "enough", by: "ada" });
    expect(await statuses(1)).toEqual(["SLUICE_PAUSED"]);
    const { requests } = upstream.counts();
    expect(counted.snapshot().apis["api"]).toMatchObject({
      calls: 2,
      attempts: requests,
      retries: requests - 1,
      throttled: 1,
      timeouts: 1,
      refused: 1,
      fallbacks: 0,
      queue: 0,
      answers: 3,
    });
    expect(requests).toBe(5);
    expect(counted.snapshot().limits["api"]).toMatchObject({ granted: 5, committed: 5 });
  });
});

describe("a client whose backend cannot be reached", () => {
  it("sends nothing, fails as the backend does, and asks its backup", async () => {
    const down = () => Promise.reject(new Error("no connection to the backend"));
    const { options, upstream, client, time } = await made();
    const backend = { ...memory({ clock: time }), consume: down };
    const lost = createClient({ ...options, backend });
    await expect(lost("/")).rejects.toThrow("no connection to the backend");
    expect(upstream.counts().requests).toBe(0);
    const saved = createClient({ ...options, backend, fallback: client });
    expect(await time.until(saved("/").then(statusOf, codeOf))).toBe(200);
  });

  it("hands out an answer that it could not share", async () => {
    const time = (await made()).time;
    const state = memory({ clock: time });
    const block = () => Promise.reject(new Error("no connection to the backend"));
    const { client } = await made(
      { backend: { ...state, block }, time },
      { answer: () => ({ status: 503, headers: { "retry-after": "9" } }) },
    );
    expect(await time.until(client("/", { method: "POST" }).then(statusOf))).toBe(503);
  });
});
