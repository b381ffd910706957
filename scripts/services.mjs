/** Gets the servers that tests start for themselves; where that is not possible, says in one line how to. */

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** How long apt may take, in all. */
const patienceMs = 180_000;

/**
 * Installs redis-server with apt where we are root on Debian and it is missing; costs a look along the path where it is
 * not. Without it the tests that need it are skipped, unless it is `required`: then that is an error.
 */
export function services({ required }) {
  if (isOnPath("redis-server")) return;
  const problem = canInstall() ? installed("redis-server") : undefined;
  if (isOnPath("redis-server")) return;
  const consequence = required ? "and CI=true promises it" : "so what needs it is skipped";
  const line = `redis-server is missing${problem ? ` (${problem})` : ""}, ${consequence}. ${cure()}`;
  if (required) throw new Error(line);
  console.error(line);
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
  const install = ["-o", "DPkg::Lock::Timeout=60", "install", "--no-install-recommends", name];
  console.error(`Installing ${name}…`);
  const problem = apt(...install) && (apt("update") ?? apt(...install));
  if (!problem) console.error(`Installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
  return problem;
}

function cure() {
  if (process.platform === "darwin") return "Get it with: brew install redis";
  if (isOnPath("apt-get")) return "Get it with: sudo apt-get install redis-server";
  return "Put the redis-server of Redis 7, or a Valkey under that name, on the PATH.";
}
