import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runtimes } from "../../scripts/runtimes.ts";
import { endProcesses, installed, startProcess, stopped } from "../app-process.ts";
import { burst, healthAt } from "../burst.ts";

const folder = mkdtempSync(join(tmpdir(), "feeds-"));
afterAll(() => {
  endProcesses();
  rmSync(folder, { recursive: true });
});

const timeout = 30_000;

describe.each(installed)(
  "on $name a process that cannot start says why, in one line for each reason",
  { timeout },
  ({ name }) => {
    const failing = async (environment: Readonly<Record<string, string>>) => {
      const { code, stdout, stderr } = await startProcess(environment, name).ended;
      expect(code).toBe(1);
      return { stdout, lines: stderr.trimEnd().split("\n") };
    };

    test("mistaken settings", async () => {
      expect(await failing({ PORT: "http", RATE_LIMIT_BACKEND: "redis" })).toEqual({
        stdout: "",
        lines: [
          'PORT="http" has to be a whole number from 0 to 65535.',
          'RATE_LIMIT_BACKEND="redis" needs REDIS_URL, the address of the server, such as redis://127.0.0.1:6379.',
        ],
      });
    });

    test("a port in use", async () => {
      const first = startProcess({}, name);
      const port = await first.listening;
      expect((await failing({ PORT: String(port) })).lines).toEqual([
        `127.0.0.1:${port} is in use already; stop the other program, or set PORT to another number.`,
      ]);
      expect(await stopped(first)).toMatchObject({ code: 0, stderr: "" });
    });

    test("an address that is not this machine's, and a name that is nobody's", async () => {
      const [elsewhere, nobody] = await Promise.all([
        failing({ HOST: "192.0.2.77" }),
        failing({ HOST: "127.0.0.1%x" }),
      ]);
      expect(elsewhere.lines).toEqual([
        "192.0.2.77:0 is not an address of this machine; set HOST to 127.0.0.1, or 0.0.0.0 for all.",
      ]);
      expect(nobody.lines).toEqual(["127.0.0.1%x:0 is not a name this machine can resolve; set HOST to an address."]);
    });

    test("a database that cannot be opened, and migrations that are not there", async () => {
      const [database, migrations] = await Promise.all([
        failing({ DATABASE_PATH: folder }),
        failing({ MIGRATIONS_PATH: folder }),
      ]);
      expect(database.lines).toEqual([expect.stringMatching(/^DATABASE_PATH=".*" cannot be opened: .*\.$/)]);
      expect(migrations.lines).toEqual([
        expect.stringMatching(/^MIGRATIONS_PATH=".*" holds no \.sql files\. Name the /),
      ]);
    });
  },
);

describe.each(installed)("on $name a process whose Redis is not there", { timeout }, ({ name }) => {
  test("says so once, serves by the failure rules, and ends", async () => {
    const app = startProcess({ RATE_LIMIT_BACKEND: "redis", REDIS_URL: "redis://127.0.0.1:1" }, name);
    const port = await app.listening;
    expect(await burst([port], 70)).toMatchObject({ admitted: 70 });
    expect(await healthAt(port)).toMatchObject({
      status: "degraded",
      limiting: { answers: false, failing: { code: expect.stringMatching(/^SLUICE_BACKEND_/) } },
    });
    const { code, stderr } = await stopped(app);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const told = app.log().filter(({ level, tokens }) => level > 30 && tokens === undefined);
    expect(told).toEqual([
      expect.objectContaining({ reason: expect.stringContaining("ECONNREFUSED") }),
      expect.objectContaining({ msg: "the backend fails: the failure rules hold until it answers" }),
    ]);
  });
});

test("Deno is started with the same permissions wherever it is", () => {
  const package_ = new URL("../..", import.meta.url).pathname;
  const root = new URL("../..", new URL("../..", import.meta.url)).pathname;
  /** The arguments with their paths made whole. */
  const whole = (args: readonly string[], from: string) =>
    args.map((arg) => {
      const [, flag = "", paths = ""] = /^(--allow-(?:read|write)=|(?!--))(.*\/.*|data)$/.exec(arg) ?? ["", arg];
      return flag + paths.split(",").map((path) => path && resolve(from, path));
    });
  const here = whole(runtimes.deno.command().slice(1), package_);
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(whole(scripts["start:deno"].split(" ").slice(1), package_)).toEqual(here);
  const [, list = ""] = /"start:deno": \[([\s\S]*?)\n {2}\]/.exec(readFileSync(`${root}scripts/run.mjs`, "utf8")) ?? [];
  const [, ...words] = [...list.matchAll(/"([^"]+)"/g)].map(([, word]) => word ?? "");
  expect(whole(words, root)).toEqual(here);
});
