import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
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

/** A shell command that makes a program, which always fails. */
const makes = (name: string) =>
  `printf '#!/bin/sh\\nexit 1\\n' > ${folder}/${name}; PATH=/bin:/usr/bin chmod +x ${folder}/${name}`;

const makesRedis = () => makes("redis-server");

/** Asks for the services as `npm test` does, with another path and another user. */
function services(
  options: {
    readonly required?: boolean;
    readonly user?: number;
    readonly needs?: readonly ("redis" | "docker")[];
  } = {},
) {
  const { required = false, user = 0, needs = ["redis"] } = options;
  const code = `
    process.env.PATH = ${JSON.stringify(folder)};
    process.getuid = () => ${user};
    Object.defineProperty(process, "platform", { value: "linux" });
    const { services } = await import(${JSON.stringify(`${root}scripts/services.mjs`)});
    services({ required: ${required}, needs: ${JSON.stringify(needs)} });`;
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
    // What a machine has is never removed to make room.
    expect(calls()).toEqual([expect.stringMatching(/ install .*--no-remove redis-server$/)]);
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

  it("are, for containers, an engine, a compose in either form, and debootstrap for root on Debian", async () => {
    program("dockerd", "exit 1");
    program("docker", '[ "$*" = "compose version" ]');
    program("debootstrap", "exit 1");
    apt("exit 1");
    const options = { required: true, needs: ["docker"] } as const;
    expect(await services(options)).toEqual({ code: 0, output: "" });
    program("docker", "exit 1");
    program("docker-compose", "exit 1");
    expect(await services(options)).toEqual({ code: 0, output: "" });
    rmSync(join(folder, "debootstrap"));
    rmSync(join(folder, "dockerd"));
    expect(await services({ ...options, user: 1_000 })).toEqual({ code: 0, output: "" });
    expect(() => calls()).toThrow("ENOENT");
  });

  it("are installed one by one, so that one that cannot be had keeps none of the others away", async () => {
    // A client whose engine is elsewhere, and does not answer.
    program("docker", "exit 1");
    apt(`case "$*" in *docker.io) ${makes("dockerd")};; *debootstrap) ${makes("debootstrap")};; *) exit 100;; esac`);
    const { code, output } = await services({ needs: ["docker"] });
    expect(code).toBe(0);
    expect(output.split("\n").at(-1)).toBe(
      "compose is missing (apt-get ended with 100), so what needs it is skipped. " +
        "Get it with: sudo apt-get install docker-compose",
    );
    const installs = calls().filter((call) => call.includes(" install "));
    expect(installs.map((call) => call.split(" ").at(-1))).toEqual(["docker.io", "docker-compose", "debootstrap"]);
  });

  it("are named one by one where nothing can be installed", async () => {
    const { code, output } = await services({ needs: ["docker"] });
    expect({ code, output: output.split("\n") }).toEqual({
      code: 0,
      output: [
        "Docker is missing, so what needs it is skipped. Install Docker.",
        "compose is missing, so what needs it is skipped. Install Docker's compose plugin.",
      ],
    });
  });

  it("fail the run where CI promises them", async () => {
    const { code, output } = await services({ required: true });
    expect(code).toBe(1);
    expect(output).toContain("redis-server is missing, and CI=true promises it. Put the redis-server of Redis 7");
  });
});

describe("the Docker engine", () => {
  /** A client that finds an engine while there is a file `up`. */
  const client = () => program("docker", `[ -e ${folder}/up ]`);
  /** An engine that comes up, if the condition holds, and ends when it is told to. */
  const engine = (condition: string) =>
    program(
      "dockerd",
      `PATH=/bin:/usr/bin; [ "$1" = --version ] && exit 0
      echo "$@" >> ${folder}/calls
      ${condition} || { echo 'level=info msg="starting"'; echo 'failed to start daemon: no iptables here'; exit 1; }
      trap 'rm ${folder}/up; echo ended >> ${folder}/calls; exit 0' TERM
      touch ${folder}/up; while :; do sleep 0.05; done`,
    );

  function startedAndStopped(user = 0) {
    const code = `
      process.env.PATH = ${JSON.stringify(folder)};
      delete process.env.DOCKER_HOST;
      process.getuid = () => ${user};
      const { startEngine } = await import(${JSON.stringify(`${root}scripts/docker.mjs`)});
      const stop = await startEngine(${JSON.stringify(join(folder, "docker.sock"))});
      console.log(stop ? "started" : "left alone");
      await stop?.();`;
    return run(process.execPath, ["--input-type=module", "--eval", code]);
  }

  it("is started where none answers, and stopped again", async () => {
    client();
    engine("true");
    expect(await startedAndStopped()).toEqual({ code: 0, output: "started" });
    expect(calls()).toEqual([
      expect.stringMatching(/^--host unix:\S+ --data-root \S+\/sluice\/docker --exec-root \S+ --pidfile \S+$/),
      "ended",
    ]);
  });

  it("is left alone where it answers, for anybody but root, and where there is none", async () => {
    client();
    expect(await startedAndStopped()).toEqual({ code: 0, output: "left alone" });
    engine("true");
    expect(await startedAndStopped(1_000)).toEqual({ code: 0, output: "left alone" });
    writeFileSync(join(folder, "up"), "");
    expect(await startedAndStopped()).toEqual({ code: 0, output: "left alone" });
    expect(() => calls()).toThrow("ENOENT");
  });

  it("is not started beside another on the same socket that does not answer", async () => {
    client();
    engine("true");
    const busy = createServer().listen(join(folder, "docker.sock"));
    const { output } = await startedAndStopped();
    busy.close();
    expect(output).toMatch(/^left alone\nThe Docker engine on \S+docker\.sock does not answer, or /);
    expect(() => calls()).toThrow("ENOENT");
  });

  it("is started without what the kernel lacks", async () => {
    client();
    engine(`case "$*" in *--iptables=false*) true;; *) false;; esac`);
    expect(await startedAndStopped()).toEqual({ code: 0, output: "started" });
    expect(calls().at(1)).toMatch(/ --iptables=false --ip6tables=false$/);
  });

  it("says in one line why it does not start", async () => {
    client();
    engine("false");
    expect(await startedAndStopped()).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^left alone\nThe Docker engine does not start: failed to start daemon: no iptables here$/,
      ),
    });
    expect(calls().length, "with iptables and without").toBe(2);
  });
});
