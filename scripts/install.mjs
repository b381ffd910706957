/** Installs the workspace's dependencies when node_modules does not match pnpm-lock.yaml. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = `${root}node_modules/.sluice-install`;

/** Brings node_modules up to date with the lock file; costs a few milliseconds when it already is. */
export function install() {
  if (currentStamp() !== lastStamp()) pnpmInstall("--frozen-lockfile");
}

/** Brings the lock file up to date with every package.json, then node_modules with the lock file. */
export function lock() {
  pnpmInstall("--no-frozen-lockfile");
}

function pnpmInstall(mode) {
  const started = Date.now();
  console.error("Installing dependencies…");
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const { status, stdout, stderr } = spawnSync("npx", ["--yes", packageManager, "install", mode], {
    cwd: root,
    env: { ...process.env, CI: "true", npm_config_loglevel: "error" },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    const cure = stderr.includes("OUTDATED_LOCKFILE") ? "\nRun `npm run lock` after a change of dependencies." : "";
    throw new Error(`Dependencies could not be installed.\n${stdout}${stderr}${cure}`);
  }
  writeFileSync(stampFile, currentStamp());
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** What node_modules was made from: the lock file, the workspace's settings and this kind of machine. */
function currentStamp() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) hash.update(readFileSync(root + file));
  return `${process.platform}-${process.arch} ${hash.digest("hex")}`;
}

function lastStamp() {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return undefined;
  }
}
