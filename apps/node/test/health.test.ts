import type { Backend } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { type FaultyBackend, faulty } from "@sluice/core/testing";
import type { Health } from "@sluice/feeds";
import { describe, expect, test, vi } from "vitest";
import { startFeeds } from "./feeds.ts";

/** A backend elsewhere, as far as /health is concerned, that can be broken. */
function elsewhere(): FaultyBackend {
  const { features, ...rest } = faulty(memory());
  return { ...rest, name: "redis", features: { ...features, scope: "global" } };
}

async function asked(send: (path: string) => Promise<Response>): Promise<Health> {
  const response = await send("/health");
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  return (await response.json()) as Health;
}

const redis = { backend: "redis", scope: "global", exact: true };
const embedded = { backend: "memory", scope: "process", exact: true };

describe("health", () => {
  test("says how limits are counted", async () => {
    const { send } = await startFeeds();
    expect(await asked(send)).toEqual({
      status: "ok",
      limiting: { enabled: true, ...embedded, answers: true },
      safety: embedded,
    });
  });

  test("really asks a backend elsewhere, and books what it may", async () => {
    const charges: string[] = [];
    const own = elsewhere();
    const backend: Backend = {
      ...own,
      consume(all) {
        charges.push(...all.map(({ policy, key, cost, mode }) => `${policy.name} ${key} ${cost} ${mode}`));
        return own.consume(all);
      },
    };
    const { send } = await startFeeds({ backend });
    expect(await asked(send)).toEqual({
      status: "ok",
      limiting: { enabled: true, ...redis, answers: true },
      safety: redis,
    });
    expect(charges).toEqual(["health health 1 undefined"]);
  });

  test("tells of a backend that is down: since when, with which code, and what counts instead", async () => {
    const backend = elsewhere();
    const { send, clock, log } = await startFeeds({ backend });
    backend.faults.down();
    const degraded = {
      status: "degraded",
      limiting: {
        enabled: true,
        ...redis,
        answers: false,
        failing: { since: "2026-06-01T00:00:00.000Z", code: "SLUICE_BACKEND_FAILED" },
      },
      safety: embedded,
    };
    expect(await asked(send)).toEqual(degraded);
    clock.nowMs += 60_000;
    expect(await asked(send)).toEqual(degraded);
    backend.faults.heal();
    clock.nowMs += 1_000;
    expect(await asked(send)).toMatchObject({ status: "ok", limiting: { answers: true }, safety: redis });
    const told = log.filter(({ message }) => message !== "request");
    expect(told.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "error the backend fails: the failure rules hold until it answers",
      "info the backend answers again",
    ]);
  });

  test("asks once a second, however often it is asked itself", async () => {
    const backend = elsewhere();
    const { send, clock } = await startFeeds({ backend });
    await Promise.all(Array.from({ length: 50 }, () => asked(send)));
    clock.nowMs += 999;
    await asked(send);
    expect(backend.faults.calls).toBe(1);
    clock.nowMs += 1;
    await Promise.all(Array.from({ length: 50 }, () => asked(send)));
    expect(backend.faults.calls).toBe(2);
    // A clock that was set back must not silence it.
    clock.nowMs -= 3_600_000;
    await asked(send);
    expect(backend.faults.calls).toBe(3);
  });

  test("goes on asking a backend that fails at once, and finds it healed", async () => {
    const own = elsewhere();
    let isDown = true;
    const consume: Backend["consume"] = (charges) => {
      if (isDown) throw new Error("locked");
      return own.consume(charges);
    };
    const { send, clock } = await startFeeds({ backend: { ...own, consume } });
    expect((await asked(send)).status).toBe("degraded");
    isDown = false;
    clock.nowMs += 1_000;
    expect((await asked(send)).status).toBe("ok");
  });

  test("knows at once what a request met", async () => {
    const backend = elsewhere();
    const { send, as } = await startFeeds({ backend });
    await asked(send);
    backend.faults.down();
    expect((await as("free", "/api/me")).status).toBe(200);
    expect((await asked(send)).status).toBe("degraded");
  });

  test("is answered within its patience by a backend that hangs", async () => {
    const backend = elsewhere();
    const { send } = await startFeeds({ backend });
    backend.faults.slow(Number.POSITIVE_INFINITY);
    const started = performance.now();
    expect(await asked(send)).toMatchObject({ limiting: { failing: { code: "SLUICE_BACKEND_TIMEOUT" } } });
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test("does not ask for what a backend cannot serve", async () => {
    const supports: Backend["supports"] = ({ name }) =>
      name === "health" ? "there are other windows here" : undefined;
    const backend = { ...elsewhere(), supports };
    const { send } = await startFeeds({ backend });
    expect(await asked(send)).toMatchObject({ status: "ok" });
    expect(backend.faults.calls).toBe(0);
  });
});

describe("while the backend is down", () => {
  test("users and readers pass, and guessing is still limited, by this process", async () => {
    const backend = elsewhere();
    const { send, as, log } = await startFeeds({ backend });
    backend.faults.down();
    for (let n = 0; n < 70; n++) expect((await as("free", "/api/me", undefined, "192.0.2.7")).status).toBe(200);
    for (let n = 0; n < 20; n++) expect((await send("/public/free/news")).status).toBe(200);
    for (let n = 0; n < 100; n++) expect((await send("/api/me", {}, "192.0.2.8")).status).toBe(401);
    expect((await send("/api/me", {}, "192.0.2.8")).status).toBe(429);
    expect((await send("/public/nobody/news", {}, "192.0.2.8")).status).toBe(429);
    const told = log.filter(({ level }) => level === "error");
    expect(told, "three mounts, one line").toHaveLength(1);
  });

  test("settling that fails is told once, refuses nobody, and is asked for until it works", async () => {
    const own = elsewhere();
    const settle = vi.fn(own.settle).mockRejectedValueOnce(new Error("no")).mockRejectedValueOnce(new Error("no"));
    const { send, clock, log } = await startFeeds({ backend: { ...own, settle } });
    const stale = { headers: { "If-None-Match": '"old"' } };
    expect((await send("/public/free/news", stale)).status).toBe(200);
    const degraded = { status: "degraded", limiting: { answers: true, failing: {} }, safety: redis };
    expect(await asked(send)).toMatchObject(degraded);
    expect(settle).toHaveBeenCalledTimes(2);
    clock.nowMs += 1_000;
    expect(await asked(send)).toMatchObject({ status: "ok" });
    expect(log.filter(({ message }) => message !== "request").map(({ message }) => message)).toEqual([
      "the backend fails: what is charged stays charged until it settles",
      "the backend answers again",
    ]);
  });
});

describe("without limits on users", () => {
  test("guessing is limited all the same, and health says so", async () => {
    const { send, as } = await startFeeds({ backend: noop() });
    for (let n = 0; n < 90; n++) expect((await as("free", "/api/me", undefined, "192.0.2.7")).status).toBe(200);
    for (let n = 0; n < 90; n++) expect((await send("/public/free/news")).status).toBe(200);
    for (let n = 0; n < 100; n++) expect((await send("/api/me", {}, "192.0.2.8")).status).toBe(401);
    expect((await send("/api/me", {}, "192.0.2.8")).status).toBe(429);
    expect(await asked(send)).toMatchObject({
      status: "ok",
      limiting: { enabled: false, because: expect.stringMatching(/^the backend noop counts nothing/), backend: "noop" },
      safety: embedded,
    });
  });
});
