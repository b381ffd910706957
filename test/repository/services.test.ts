import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "./command.ts";
import { root } from "./workspace.ts";

/** The only folder on the path of the runs below; `sh` and what a test puts there are the only programs. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "services-"));
  symlinkSync("/bin/sh", join(folder, "sh"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a shell script on the path. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** An apt-get that writes down how it was called, and does as it is told. */
function apt(script: string): void {
  program("apt-get", `echo "$@" >> ${folder}/calls\n${script}`);
}

function calls(): string[] {
  return readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
}

const makesRedis = () =>
  `printf '#!/bin/sh\\n' > ${folder}/redis-server; PATH=/bin:/usr/bin chmod +x ${folder}/redis-server`;

/** Asks for the services as `npm test` does, with another path and another user. */
function services(options: { readonly required?: boolean; readonly user?: number } = {}) {
  const { required = false, user = 0 } = options;
  const code = `
    process.env.PATH = ${JSON.stringify(folder)};
    process.getuid = () => ${user};
    Object.defineProperty(process, "platform", { value: "linux" });
    const { services } = await import(${JSON.stringify(`${root}scripts/services.mjs`)});
    services({ required: ${required} });`;
  return run(process.execPath, ["--input-type=module", "--eval", code]);
}

describe("the services that tests need", () => {
  it("are left alone where they are", async () => {
    program("redis-server", "exit 1");
    apt("exit 1");
    expect(await services({ required: true })).toEqual({ code: 0, output: "" });
    expect(() => calls()).toThrow("ENOENT");
  });

  it("are installed by root, with one call where that does", async () => {
    apt(makesRedis());
    const { code, output } = await services({ required: true });
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^Installing redis-server…\nInstalled in/),
    });
    expect(calls()).toEqual([expect.stringMatching(/ install .*redis-server$/)]);
  });

  it("are installed from fresh lists where the old ones do not do", async () => {
    apt(`case "$*" in *update) echo fresh > ${folder}/lists;; esac
      [ -e ${folder}/lists ] || { echo "E: Unable to locate package redis-server" >&2; exit 100; }
      ${makesRedis()}`);
    expect(await services({ required: true })).toMatchObject({ code: 0 });
    expect(calls().map((call) => / (install|update)\b/.exec(call)?.[1])).toEqual(["install", "update", "install"]);
  });

  it("are skipped in one line where they cannot be installed", async () => {
    apt(`echo "E: Unable to fetch some archives" >&2; exit 100`);
    const { code, output } = await services();
    expect(code).toBe(0);
    expect(output.split("\n").at(-1)).toBe(
      "redis-server is missing (E: Unable to fetch some archives), so what needs it is skipped. " +
        "Get it with: sudo apt-get install redis-server",
    );
  });

  it("are not installed by anybody but root", async () => {
    apt(makesRedis());
    const { code, output } = await services({ user: 1_000 });
    expect({ code, output }).toEqual({
      code: 0,
      output: "redis-server is missing, so what needs it is skipped. Get it with: sudo apt-get install redis-server",
    });
    expect(() => calls()).toThrow("ENOENT");
  });

  it("fail the run where CI promises them", async () => {
    const { code, output } = await services({ required: true });
    expect(code).toBe(1);
    expect(output).toContain("redis-server is missing, and CI=true promises it. Put the redis-server of Redis 7");
  });
});
