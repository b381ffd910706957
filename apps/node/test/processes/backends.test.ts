import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { openSqlite } from "../../src/backend-sqlite.ts";
import { openUpstash } from "../../src/backend-upstash.ts";
import { endProcesses, startProcess, stopped } from "../app-process.ts";
import { burst, healthAt } from "../burst.ts";

const folder = mkdtempSync(join(tmpdir(), "backends-"));
afterAll(() => {
  endProcesses();
  rmSync(folder, { recursive: true });
});

/** A module that has a process name, on stderr, each backend and each client library that it loads. */
const namingBackends = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({
    resolve(specifier, context, next) {
      if (/^(ioredis|@upstash|@sluice.core.(memory|sqlite|noop|redis|upstash)$)/.test(specifier)) console.error(specifier);
      return next(specifier, context);
    },
  });
`)}`;

/** What /health says of prospects without keys. */
const without = { enabled: false, because: "GROK_API_KEY and MILLION_VERIFIER_API_KEY are not set" };

describe("a file for limits that cannot be opened is named, with the reason", () => {
  test("a folder", () => {
    expect(() => openSqlite(folder)).toThrow(/^SQLITE_LIMITS_PATH=".*backends-.*" cannot be opened: unable to open/);
  });

  test("a folder that would have to be made where a file is", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => openSqlite(join(file, "limits.sqlite"))).toThrow(/^SQLITE_LIMITS_PATH=.* cannot be opened: E/);
  });

  test("no database", () => {
    const path = join(folder, "letter.txt");
    writeFileSync(path, "Dear reader, this is no database, although it is long enough for its header. ".repeat(20));
    expect(() => openSqlite(path)).toThrow(/cannot be opened: file is not a database\. Name a new file, /);
  });

  test("another program's table of this name", () => {
    const path = join(folder, "other.sqlite");
    const other = new DatabaseSync(path);
    other.exec("create table sluice_counters (name text)");
    other.close();
    expect(() => openSqlite(path)).toThrow(
      /cannot be opened: .*SLUICE_BACKEND_REFUSED.*is its table as Sluice made it/,
    );
  });

  test("a file that may only be read", () => {
    const path = join(folder, "read-only.sqlite");
    openSqlite(path).close();
    // The version a program has to know to write this file: a later one than there is, so that root may not write it either.
    const file = readFileSync(path);
    file[18] = 3;
    writeFileSync(path, file);
    expect(() => openSqlite(path)).toThrow(
      /cannot be opened: attempt to write a readonly database\. Name a new file, /,
    );
  });
});

test("a token is sent to nobody who could read it on the way", () => {
  expect(() => openUpstash({ url: "http://db.example.com", token: "t0ken" })).toThrow(
    /^UPSTASH_REDIS_REST_URL is refused: (?!.*t0ken).*has to begin with https:\/\/.*got "http:\/\/db\.example\.com"/,
  );
});

describe("the app on SQLite", { timeout: 60_000 }, () => {
  test("counts once over two processes, and remembers when one is started anew", async () => {
    const environment = {
      RATE_LIMIT_BACKEND: "sqlite",
      SQLITE_LIMITS_PATH: join(folder, "new/limits.sqlite"),
      // Belongs to another backend, so it is not even read.
      REDIS_URL: "nonsense",
    };
    const apps = [startProcess(environment), startProcess(environment)] as const;
    const ports = await Promise.all(apps.map(({ listening }) => listening));
    const both = await burst(ports, 90);
    expect(both.admitted).toBeGreaterThanOrEqual(60);
    expect(both.admitted).toBeLessThanOrEqual(60 + both.refilled());
    expect(both.admitted + both.denied).toBe(90);

    expect(await stopped(apps[0])).toMatchObject({ code: 0, stderr: "" });
    const again = startProcess(environment);
    const after = await burst([await again.listening], 90);
    expect(both.admitted + after.admitted, "a restart gives nothing back").toBeLessThanOrEqual(60 + both.refilled());
    expect(after.denied).toBeGreaterThan(0);

    expect(await healthAt(await again.listening)).toEqual({
      status: "ok",
      limiting: { enabled: true, backend: "sqlite", scope: "machine", exact: true, answers: true },
      safety: { backend: "sqlite", scope: "machine", exact: true },
      jobs: { enabled: false, transports: [], bounces: false, prospects: without, last: {} },
    });
    expect(again.log()).toContainEqual(expect.objectContaining({ unused: ["REDIS_URL"], backend: "sqlite" }));
    await Promise.all([stopped(again), stopped(apps[1])]);
    expect(readdirSync(join(folder, "new")), "closed cleanly: everything is in the one file").toEqual([
      "limits.sqlite",
    ]);
  });

  test("does not start without its file, and says why", async () => {
    const { code, stdout, stderr } = await startProcess({ RATE_LIMIT_BACKEND: "sqlite", SQLITE_LIMITS_PATH: folder })
      .ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^SQLITE_LIMITS_PATH=".*" cannot be opened: unable to open database file\. .*\n$/);
  });
});

describe("the app without limits", { timeout: 30_000 }, () => {
  test("lets its one user through, says so, still limits guessing, and loads nothing that it does not need", async () => {
    const app = startProcess({ RATE_LIMIT_BACKEND: "noop", NODE_OPTIONS: `--import ${namingBackends}` });
    const port = await app.listening;
    expect(await burst([port], 90)).toMatchObject({ admitted: 90, denied: 0 });
    expect(await healthAt(port)).toEqual({
      status: "ok",
      limiting: {
        enabled: false,
        because: "the backend noop counts nothing, so every user and every feed has no limit",
        backend: "noop",
        scope: "none",
        exact: false,
        answers: true,
      },
      safety: { backend: "memory", scope: "process", exact: true },
      jobs: { enabled: false, transports: [], bounces: false, prospects: without, last: {} },
    });
    const guesses = Array.from({ length: 60 }, async () => (await fetch(`http://127.0.0.1:${port}/api/me`)).status);
    expect(await Promise.all(guesses)).toContain(429);
    const { code, stderr } = await stopped(app);
    expect(code).toBe(0);
    // The file is for failed logins at the console, which count whatever the backend does, and for what holds mail.
    const needed = ["@sluice/core/memory", "@sluice/core/noop", "@sluice/core/sqlite"];
    expect(new Set(stderr.trim().split("\n"))).toEqual(new Set(needed));
  });
});
