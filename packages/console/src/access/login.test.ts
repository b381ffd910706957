/** Failed logins, on the backends that they are counted on, and what else refuses a login. */

import { DatabaseSync } from "node:sqlite";
import { type Backend, isConfigError } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { sqlite } from "@sluice/core/sqlite";
import { onClock } from "@sluice/core/testing";
import { afterEach, describe, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { appOf, closeAll, source } from "../../test/login-app.ts";
import { session } from "./session.ts";

afterEach(closeAll);

const minuteMs = 60_000;

const backends: Record<string, (clock: { now(): number }) => Backend> = {
  memory: (clock) => memory({ clock }),
  sqlite: (clock) => sqlite(new DatabaseSync(":memory:"), onClock(clock, {})),
};

describe.each(Object.entries(backends))("failed logins on %s", (_name, make) => {
  const clockAt = (): { now(): number; nowMs: number } => {
    const clock = { nowMs: 1_800_000_000_000, now: () => clock.nowMs };
    return clock;
  };

  test("five of an address lock it out for thirty minutes, to the millisecond, and nobody else", async () => {
    const clock = clockAt();
    const { login, asked, rows } = appOf({ clock, backend: make(clock) });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      clock.nowMs += minuteMs;
      statuses.push((await login("wrong")).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    clock.nowMs += 1_000;
    const locked = await login("right");
    expect([locked.status, locked.headers.get("Retry-After")]).toEqual([429, "1800"]);
    expect(await locked.json()).toMatchObject({ refusal: "locked", message: expect.stringContaining("in 30 minutes") });
    expect(asked).toEqual(Array(5).fill("wrong"));
    // The owner, elsewhere, gets in; so does a network beside the attacker's.
    expect((await login("right", { "x-test-address": "192.0.2.2" })).status).toBe(303);
    clock.nowMs += 30 * minuteMs - 1_000 - 1;
    expect((await login("right")).status).toBe(429);
    clock.nowMs += 2;
    expect((await login("right")).status).toBe(303);
    expect(rows("login.refused").map(({ subject }) => subject)).toEqual([
      ...Array(4).fill("wrong-token"),
      // One line for the fifth and the try a second later, one for the try half an hour later.
      ...Array(2).fill("locked"),
    ]);
  });

  test("logins that succeed are given back, and failures that are old do not lock", async () => {
    const clock = clockAt();
    const { login } = appOf({ clock, backend: make(clock) });
    for (let i = 0; i < 40; i++) expect((await login("right")).status).toBe(303);
    for (let i = 0; i < 4; i++) expect((await login("wrong")).status).toBe(401);
    for (let i = 0; i < 9; i++) expect((await login("right")).status).toBe(303);
    clock.nowMs += 15 * minuteMs;
    for (let i = 0; i < 4; i++) expect((await login("wrong")).status).toBe(401);
  });

  test("guesses at the same time are five, whichever way they end", async () => {
    const clock = clockAt();
    const { login, asked } = appOf({ clock, backend: make(clock) });
    const statuses = (await Promise.all(Array.from({ length: 60 }, () => login("wrong")))).map(({ status }) => status);
    expect(asked).toHaveLength(5);
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(56);
    expect((await login("right")).status).toBe(429);
  });

  test("the homes of one IPv6 network are one address", async () => {
    const clock = clockAt();
    const { login } = appOf({ clock, backend: make(clock) });
    for (let i = 0; i < 5; i++) await login("wrong", { "x-test-address": `2001:db8:1:${i}::${i}` });
    expect((await login("right", { "x-test-address": "2001:db8:1:9::1" })).status).toBe(429);
    expect((await login("right", { "x-test-address": "2001:db8:2::1" })).status).toBe(303);
  });
});

describe("a login", () => {
  test("is refused from another site before anything is counted or compared", async () => {
    const { login, asked } = appOf();
    for (let i = 0; i < 9; i++) expect((await login("wrong", { Origin: "https://evil.example" })).status).toBe(403);
    expect(asked).toEqual([]);
    expect((await login("right")).status).toBe(303);
  });

  test("is counted where no address can be told, all such clients together, which is told once", async () => {
    const { login, errors } = appOf();
    const unknown = { "x-test-address": "?" };
    expect((await login("right", unknown)).status).toBe(303);
    for (let i = 0; i < 4; i++) expect((await login("wrong", unknown)).status).toBe(401);
    expect((await login("wrong", unknown)).status).toBe(429);
    expect((await login("right", unknown)).status).toBe(429);
    expect((await login("right")).status).toBe(303);
    expect(errors.map(String)).toEqual([expect.stringContaining("the test said so")]);
  });

  test("is refused while the backend does not answer", async () => {
    const failing: Backend = { ...memory(), consume: () => Promise.reject(new Error("connection lost")) };
    const { login, asked, errors } = appOf({ backend: failing });
    const answer = await login("right");
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(asked).toEqual([]);
    expect(errors.map(String)).toEqual(["Error: connection lost"]);
  });

  test("that floods leaves one line a minute and reason, from all processes, and no word of what was sent", async () => {
    let nowMs = 1_800_000_000_000;
    const database = testDatabase();
    const apps = [appOf({ database, clock: { now: () => nowMs } }), appOf({ database, clock: { now: () => nowMs } })];
    for (let i = 0; i < 20; i++) await apps[i % 2]?.login(`secret-${i}`, { "x-test-address": `198.51.100.${i}` });
    nowMs += minuteMs;
    await apps[0]?.login("secret", { "x-test-address": "198.51.100.99" });
    const rows = database.sqlite.prepare("select * from sluice_audit_log").all();
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/secret|198\.51/);
  });

  test("has no token but a whole text: files, lists and nothing are wrong", async () => {
    const { app, asked } = appOf();
    const form = new FormData();
    form.append("token", new Blob(["right"]), "right.txt");
    for (const body of [form, new URLSearchParams(), new URLSearchParams({ token: "" }), '{"token":"right"}']) {
      expect(
        (await app.request("/admin/login", { method: "POST", body, headers: { "x-test-address": "203.0.113.1" } }))
          .status,
      ).toBe(401);
    }
    expect(asked).toEqual([]);
  });
});

test("session() names its mistakes", () => {
  const { db } = testDatabase();
  const verify = (): undefined => undefined;
  const codeOf = (options: object): string | undefined => {
    try {
      session({ db, verify, backend: memory(), source, ...options } as never);
      return undefined;
    } catch (error) {
      return isConfigError(error) ? error.code : String(error);
    }
  };
  expect(codeOf({})).toBeUndefined();
  expect(codeOf({ verify: undefined })).toBe("SLUICE_OPTION_MISSING");
  expect(codeOf({ source: undefined })).toBe("SLUICE_OPTION_MISSING");
  expect(codeOf({ db: {} })).toBe("SLUICE_OPTION_TYPE");
  expect(codeOf({ publicUrl: "feeds.example" })).toBe("SLUICE_OPTION_TYPE");
  expect(codeOf({ verfy: 1 })).toBe("SLUICE_OPTION_UNKNOWN");
  expect(codeOf({ backend: noop() })).toBe("SLUICE_BACKEND_UNSUPPORTED");
  expect(codeOf({ backend: { ...memory(), supports: () => "no sliding log" } })).toBe("SLUICE_BACKEND_UNSUPPORTED");
});
