/** Compose in whichever form is here, `docker compose` or docker-compose, around the files of apps/docker. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { command, docker } from "./docker-engine.ts";
import { isRunning } from "./running.ts";

const folder = fileURLToPath(new URL("../../apps/docker/", import.meta.url));

/** The command that is there, the newer one first. */
const program: readonly [string, ...string[]] | undefined = ([["docker", "compose"], ["docker-compose"]] as const).find(
  ([name, ...rest]) => spawnSync(name, [...rest, "version"], { stdio: "ignore", timeout: 10_000 }).status === 0,
);

/** Why Compose cannot be used, and the cure; undefined where it can. */
export const composeMissing: string | undefined = program
  ? undefined
  : "compose is missing: apt-get install docker-compose";

/** A set of containers, networks and volumes under one name. */
export interface Project {
  readonly name: string;
  /** Runs a command of Compose, such as `up`, and gives what it printed. */
  run(...args: readonly string[]): Promise<string>;
  /** The containers of a service, the first one first. */
  containers(service: string): Promise<readonly string[]>;
}

/**
 * Gives the project of this name, made of compose.yaml and the files that change it. Its settings are those given here; what the
 * shell or a file .env says does not reach it.
 */
export function composeProject(
  name: string,
  settings: Readonly<Record<string, string>> = {},
  overrides: readonly string[] = [],
): Project {
  if (program === undefined) throw new Error(composeMissing);
  const [first, ...rest] = program;
  const files = [`${folder}compose.yaml`, ...overrides].flatMap((file) => ["--file", file]);
  // Whoever runs the tests may use the example, too, with settings of their own.
  const none = {
    TRUSTED_PROXIES: "",
    TRUSTED_CIDRS: "",
    PUBLIC_URL: "",
    SEED: "",
    LOG_LEVEL: "",
    JOBS: "",
    SMTP_URL: "",
    BOUNCE_WEBHOOK_SECRET: "",
    ALLOW_PRIVATE_FETCH: "",
    COMPOSE_PROFILES: "",
  };
  const environment = { ...none, ...settings };
  const run = (...args: readonly string[]): Promise<string> =>
    command(first, [...rest, "--project-name", name, "--project-directory", folder, ...files, ...args], {
      environment,
    });
  return {
    name,
    run,
    async containers(service) {
      const filters = [`project=${name}`, `service=${service}`].flatMap((label) => [
        "--filter",
        `label=com.docker.compose.${label}`,
      ]);
      const format = '{{.Label "com.docker.compose.container-number"}} {{.ID}}';
      const lines = await docker(["ps", "--all", "--no-trunc", ...filters, "--format", format]);
      return lines
        .split("\n")
        .sort()
        .flatMap((line) => line.split(" ")[1] ?? []);
    },
  };
}

/** Names of projects that tests start begin so, and end with the process that started them. */
const prefix = "sluice-run-";
let started = 0;

/** A name for a project of this process, or for a container without one. */
export function projectName(): string {
  started++;
  return `${prefix}${process.pid}-${started}`;
}

/** Removes a project with everything in it. */
export async function removed(project: Project): Promise<void> {
  await project.run("--profile", "redis", "down", "--volumes", "--timeout", "0");
}

/** Removes the projects and containers of processes that were ended before they could. */
export async function removeAbandoned(): Promise<void> {
  const label = "com.docker.compose.project";
  const lists = [
    ["ps", "--all"],
    ["volume", "ls"],
    ["network", "ls"],
  ].map((list) => docker([...list, "--filter", `label=${label}`, "--format", `{{.Label "${label}"}}`]));
  const names = new Set((await Promise.all(lists)).join("\n").split("\n"));
  for (const name of names) if (isAbandoned(name)) await removed(composeProject(name));
  const containers = await docker(["ps", "--all", "--filter", `name=${prefix}`, "--format", "{{.Names}}"]);
  for (const name of containers.split("\n").filter(isAbandoned)) {
    // Another process may be at it, too.
    await docker(["rm", "--force", "--volumes", name]).catch(() => {});
  }
}

function isAbandoned(name: string): boolean {
  const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
  return pid > 0 && !isRunning(pid);
}
