/** Gets the programs that tests start for themselves; where that is not possible, says in one line how to. */

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** How long apt may take for one package. */
const patienceMs = 180_000;

const byHand = "Put the redis-server of Redis 7, or a Valkey under that name, on the PATH.";

/** What a browser that tests can drive is called; test/console/browser.ts looks for the same. */
const browsers = ["chromium", "chromium-browser", "google-chrome"];

/** What each need takes: how it is seen to be there, Debian's package, and the cure elsewhere. */
const programs = {
  redis: [
    { name: "redis-server", isThere: () => isOnPath("redis-server"), brew: "Get it with: brew install redis", byHand },
  ],
  browser: [
    {
      name: "Chromium",
      isThere: () => browsers.some(isOnPath),
      apt: "chromium",
      byHand: "Install Chromium or Chrome.",
    },
  ],
  docker: [
    { name: "Docker", isThere: hasEngine, apt: "docker.io", byHand: "Install Docker." },
    { name: "compose", isThere: hasCompose, apt: "docker-compose", byHand: "Install Docker's compose plugin." },
    // Where images cannot be pulled, root on Debian can make stand-ins for them.
    { name: "debootstrap", isThere: () => !canInstall() || isOnPath("debootstrap") },
  ],
};

/**
 * Installs what is missing of the needs (`redis`, `browser`, `docker`) with apt where we are root on Debian; costs a look along the path
 * where nothing is. Without it the tests that need it are skipped, unless it is `required`: then that is an error.
 */
export function services({ required, needs }) {
  const lines = needs.flatMap((need) => programs[need]).flatMap((program) => lineAbout(program, required) ?? []);
  if (lines.length > 0 && required) throw new Error(lines.join("\n"));
  for (const line of lines) console.error(line);
}

/** Says what is missing of a program that cannot be installed here, either. */
function lineAbout(program, required) {
  const { name, isThere, apt = name } = program;
  if (isThere()) return undefined;
  const problem = canInstall() ? installed(apt) : undefined;
  if (isThere()) return undefined;
  const consequence = required ? "and CI=true promises it" : "so what needs it is skipped";
  return `${name} is missing${problem ? ` (${problem})` : ""}, ${consequence}. ${cure(program)}`;
}

/** Whether the client is there and, for root, who can start it, the engine; whether that answers is not asked here. */
function hasEngine() {
  if (!isOnPath("docker")) return false;
  if (process.getuid?.() !== 0 || isOnPath("dockerd")) return true;
  return spawnSync("docker", ["version"], { stdio: "ignore", timeout: 10_000 }).status === 0;
}

/** Whether `docker compose` or docker-compose is there. */
function hasCompose() {
  if (isOnPath("docker-compose")) return true;
  return isOnPath("docker") && spawnSync("docker", ["compose", "version"], { stdio: "ignore" }).status === 0;
}

function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function canInstall() {
  return process.getuid?.() === 0 && isOnPath("apt-get");
}

/** Installs a package, with fresh lists only where those at hand do not do; gives the reason when it cannot. */
function installed(name) {
  const startedMs = Date.now();
  const apt = (...args) => {
    const timeout = patienceMs - (Date.now() - startedMs);
    if (timeout <= 0) return `apt-get took more than ${patienceMs / 1000} s`;
    const { status, stderr, error } = spawnSync("apt-get", ["--quiet", "--yes", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      timeout,
    });
    if (error) return error.code === "ETIMEDOUT" ? `apt-get took more than ${patienceMs / 1000} s` : error.message;
    return status === 0 ? undefined : (stderr.match(/^E: .*$/m)?.[0] ?? `apt-get ended with ${status}`);
  };
  // Rather not at all than in the place of something: Debian's Docker and that of docker.com shut each other out.
  const install = ["-o", "DPkg::Lock::Timeout=60", "install", "--no-install-recommends", "--no-remove", name];
  console.error(`Installing ${name}…`);
  const problem = apt(...install) && (apt("update") ?? apt(...install));
  if (!problem) console.error(`Installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
  return problem;
}

function cure({ name, apt = name, brew, byHand }) {
  if (process.platform === "darwin" && brew) return brew;
  return isOnPath("apt-get") ? `Get it with: sudo apt-get install ${apt}` : byHand;
}
