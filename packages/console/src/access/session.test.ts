/** Sessions: what their cookie is worth, who makes one, and what a change needs beside it. */

import { afterEach, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../../test/database.ts";
import { appOf, closeAll, cookieOf, enter } from "../../test/login-app.ts";
import { signing } from "./signing.ts";

afterEach(closeAll);

/** A database whose first question is never answered. */
function unansweredOnce(db: TestDatabase["db"]): TestDatabase["db"] {
  let isFirst = true;
  const never: object = new Proxy(() => {}, {
    get: (_, name) => (name === "then" ? () => {} : never),
    apply: () => never,
  });
  return new Proxy(db, {
    get(target, name) {
      if (name !== "select") return Reflect.get(target, name, target);
      return (fields: Parameters<typeof db.select>[0]) => {
        if (!isFirst) return db.select(fields as never);
        isFirst = false;
        return never;
      };
    },
  });
}

const minuteMs = 60_000;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("a session", () => {
  test("begins with a token and is carried by a cookie that script and other sites cannot use", async () => {
    const { app, login, rows } = appOf();
    const answer = await login("right");
    expect([answer.status, answer.headers.get("Location")]).toEqual([303, "/admin"]);
    expect(answer.headers.get("Set-Cookie")).toMatch(
      /^sluice-session=v1\.[\w-]{22}\.\d+\.[\w-]+\.[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(await enter(app, cookieOf(answer))).toMatchObject({ status: 200, who: "ada" });
    expect(rows("login")).toEqual([{ who: "ada", subject: "ada" }]);
  });

  test("is bound to its host and to https there, also behind a proxy that ends TLS", async () => {
    const { app, login } = appOf({ secure: true });
    const cookie = (await login("right")).headers.get("Set-Cookie") ?? "";
    expect(cookie).toMatch(/^__Host-sluice-session=/);
    expect(cookie).toMatch(/; Secure/);
    expect((await enter(app, cookie.split(";")[0] ?? "")).status).toBe(200);
    // A host beside this one can plant a cookie without the prefix only.
    expect((await enter(app, cookieOf(await appOf().login("right")))).status).toBe(401);
  });

  test("adopts no cookie that is brought along, and begins anew with every login", async () => {
    const { app, login } = appOf();
    const first = cookieOf(await login("right"));
    const second = cookieOf(await login("right", { Cookie: first }));
    expect(second).not.toBe(first);
    const planted = "sluice-session=v1.AAAAAAAAAAAAAAAAAAAAAA.9999999999999.YWRh.c2ln";
    const third = await login("right", { Cookie: planted });
    expect(cookieOf(third).split(".")[1]).not.toBe("AAAAAAAAAAAAAAAAAAAAAA");
    const [one, two] = [await enter(app, first), await enter(app, second)];
    expect(one.csrf).toBeTruthy();
    expect(one.csrf).not.toBe(two.csrf);
  });

  test("is nobody's once its cookie is changed, cut, of another key, or twelve hours old", async () => {
    let nowMs = 1_800_000_000_000;
    const clock = { now: () => nowMs };
    const { app, login } = appOf({ clock });
    const cookie = cookieOf(await login("right"));
    const [name, value = ""] = cookie.split("=");
    const parts = value.split(".");
    const swapped = (i: number, part: string): string => [...parts.slice(0, i), part, ...parts.slice(i + 1)].join(".");
    const other = await signing("another secret");
    const text = parts.slice(0, 4).join(".");
    const bad = [
      "",
      "v1",
      value.slice(0, -1),
      value.slice(1),
      `${value}A`,
      `${value}.`,
      swapped(1, "AAAAAAAAAAAAAAAAAAAAAA"),
      swapped(2, "9999999999999"),
      swapped(3, "ZXZl"),
      swapped(4, ""),
      // The last of 43 characters has two bits that mean nothing: another spelling of the same signature.
      swapped(4, `${parts[4]?.slice(0, -1)}${alphabet[alphabet.indexOf(parts[4]?.at(-1) ?? "") + 1]}`),
      `${text}.${await other.sign(`session\n${text}`)}`,
      `${text}.%ff%fe`,
      "x".repeat(100_000),
    ];
    for (const each of bad) expect([each, (await enter(app, `${name}=${each}`)).status]).toEqual([each, 401]);
    expect((await enter(app, cookie)).status).toBe(200);
    nowMs += 12 * 60 * minuteMs - 1;
    expect((await enter(app, cookie)).status).toBe(200);
    nowMs += 1;
    expect((await enter(app, cookie)).status).toBe(401);
  });

  test("ends with logging out, which needs its token", async () => {
    const { app, login } = appOf();
    const cookie = cookieOf(await login("right"));
    const { csrf = "" } = await enter(app, cookie);
    const without = await app.request("/admin/logout", { method: "POST", headers: { Cookie: cookie } });
    expect(without.status).toBe(403);
    const body = new URLSearchParams({ csrf });
    const answer = await app.request("/admin/logout", { method: "POST", headers: { Cookie: cookie }, body });
    expect([answer.status, answer.headers.get("Location")]).toEqual([303, "/admin/login"]);
    expect(answer.headers.get("Set-Cookie")).toMatch(/^sluice-session=; Max-Age=0; Path=\//);
  });

  test("is the same to every process on the database", async () => {
    const database = testDatabase();
    const [one, two] = [appOf({ database }), appOf({ database })];
    expect((await enter(two.app, cookieOf(await one.login("right")))).status).toBe(200);
  });

  test("does not wait for a key that another request asked for: on Workers that may have ended without an answer", async () => {
    const database = testDatabase();
    const { app } = appOf({ database: { ...database, db: unansweredOnce(database.db) } });
    const Cookie = cookieOf(await appOf({ database }).login("right"));
    void enter(app, Cookie);
    expect((await enter(app, Cookie)).status).toBe(200);
    database.close();
  });

  test("is nobody's to decide while the database that has its key is away", async () => {
    const { app, login, database } = appOf();
    database.failWith(new Error("database is locked"));
    app.onError((error, c) => c.json({ name: error.name }, 503));
    expect(await (await login("right")).json()).toEqual({ name: "AdminError" });
    database.failWith(undefined);
    expect((await login("right")).status).toBe(303);
  });
});

describe("what changes something", () => {
  test("comes from the address people use, also where a proxy calls the app by another", async () => {
    const { app, login } = appOf({ publicUrl: "https://feeds.example/limits" });
    const Origin = "https://feeds.example";
    const entered = await login("right", { Origin });
    // People come by https, although this request did not.
    expect(entered.headers.get("Set-Cookie")).toMatch(/^__Host-sluice-session=.*; Secure/);
    const Cookie = cookieOf(entered);
    const { csrf = "" } = await enter(app, Cookie);
    const changed = async (from: Record<string, string>): Promise<number> =>
      (await app.request("/admin/change", { method: "POST", headers: { Cookie, "X-CSRF-Token": csrf, ...from } }))
        .status;
    expect(await changed({ Origin })).toBe(200);
    // Straight to the app, as who looks after it may.
    expect(await changed({ Origin: "http://localhost" })).toBe(200);
    for (const other of ["http://feeds.example", "https://feeds.example:444", "https://x.feeds.example", "null"]) {
      expect([other, await changed({ Origin: other })]).toEqual([other, 403]);
      expect([other, (await login("right", { Origin: other })).status]).toEqual([other, 403]);
    }
  });

  test("needs the token of its own session and comes from no other site", async () => {
    const { app, login } = appOf();
    const cookie = cookieOf(await login("right"));
    const other = await enter(app, cookieOf(await login("right")));
    const { csrf = "" } = await enter(app, cookie);
    const change = async (headers: Record<string, string>, body?: BodyInit): Promise<string> => {
      const answer = await app.request("/admin/change", {
        method: "POST",
        headers: { Cookie: cookie, ...headers },
        ...(body && { body }),
      });
      return answer.text();
    };
    expect(await change({ "X-CSRF-Token": csrf })).toBe("changed");
    expect(await change({}, new URLSearchParams({ csrf }))).toBe("changed");
    expect(await change({ "X-CSRF-Token": csrf, Origin: "http://localhost" })).toBe("changed");
    // TLS ends in front of the app.
    expect(await change({ "X-CSRF-Token": csrf, Origin: "https://localhost" })).toBe("changed");
    expect(await change({ "X-CSRF-Token": csrf, Origin: "https://localhost", "Sec-Fetch-Site": "same-origin" })).toBe(
      "changed",
    );
    expect(await change({})).toBe("csrf");
    expect(await change({}, new URLSearchParams({ csrf: "" }))).toBe("csrf");
    expect(await change({}, JSON.stringify({ csrf }))).toBe("csrf");
    expect(await change({ "X-CSRF-Token": other.csrf ?? "" })).toBe("csrf");
    expect(await change({ "X-CSRF-Token": csrf.slice(0, -1) })).toBe("csrf");
    for (const site of ["cross-site", "same-site", "none", ""]) {
      expect([site, await change({ "X-CSRF-Token": csrf, "Sec-Fetch-Site": site })]).toEqual([site, "cross-origin"]);
    }
    for (const origin of [
      "https://evil.example",
      "null",
      "http://localhost:81",
      "http://localhost.evil.example",
      "x",
    ]) {
      expect([origin, await change({ "X-CSRF-Token": csrf, Origin: origin })]).toEqual([origin, "cross-origin"]);
    }
  });
});
