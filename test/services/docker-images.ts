/** The images of the example: those it stands on, pulled or stood in for, and its own, each made once however many ask. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { docker, engineMissing, hasImage } from "./docker-engine.ts";
import { proxies, type StandIn, standIns, standInsMissing } from "./docker-stand-ins.ts";
import { isRunning } from "./running.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const lock = `${root}node_modules/.cache/sluice/docker-images.lock`;

/** The official image that the example's is built on. */
export const baseImage = "node:24-bookworm-slim";

/** The name of the example's image here: nobody else's, since earlier ones of this name are removed. */
const ownName = "sluice-under-test";

/** Long enough for a slow line, short enough for none. */
const pullTimeoutMs = 120_000;

/** Why there cannot be any images, and the cure; asked once an engine answers. */
export function imagesMissing(): string | undefined {
  if (engineMissing !== undefined || standInsMissing === undefined) return undefined;
  for (const { name } of standIns) {
    const quiet = { stdio: "ignore", timeout: pullTimeoutMs } as const;
    if (spawnSync("docker", ["image", "inspect", name], quiet).status === 0) continue;
    if (spawnSync("docker", ["pull", "--quiet", name], quiet).status === 0) continue;
    return `${name} cannot be pulled, and ${standInsMissing}`;
  }
  return undefined;
}

/**
 * Gives the name of the example's image, built from the sources as they are now.
 *
 * `tell` hears of what takes long.
 */
export async function appImage(tell: (line: string) => void = () => {}): Promise<string> {
  return await alone(async () => {
    for (const standIn of standIns) await present(standIn, tell);
    const image = `${ownName}:${await keyOfApp()}`;
    if (await hasImage(image)) return image;
    tell("Building the image of apps/docker…");
    const startedMs = Date.now();
    const before = (await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", ownName])).split("\n");
    const dockerfile = ["--file", `${root}apps/docker/Dockerfile`];
    await docker(["build", "--network", "host", ...proxies(), ...dockerfile, "--tag", image, root], {
      timeoutMs: 600_000,
    });
    // Those of earlier sources; what a container still runs on stays.
    for (const old of before) if (old !== "") await docker(["image", "rm", old]).catch(() => {});
    tell(`Built in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
    return image;
  });
}

/** Sees to it that an official image is there, or what stands in for it. */
async function present({ name, key, build }: StandIn, tell: (line: string) => void): Promise<void> {
  const [repository, tag] = name.split(":");
  const own = `sluice-stand-in:${repository}-${tag}-${key()}`;
  const [id, ownId] = await Promise.all([name, own].map(idOf));
  if (id !== undefined && id === ownId) return;
  const others = (await docker(["image", "ls", "--format", "{{.ID}}", "--no-trunc", "sluice-stand-in"])).split("\n");
  if (id !== undefined && !others.includes(id)) return;
  const cannot = await docker(["pull", "--quiet", name], { timeoutMs: pullTimeoutMs }).then(
    () => undefined,
    (error: Error) => error.message.split("\n").at(-1),
  );
  if (cannot === undefined) return;
  tell(`${name} cannot be pulled, so that a stand-in is made for it (${cannot}).`);
  const startedMs = Date.now();
  await build([own, name]);
  tell(`Made in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
}

async function idOf(name: string): Promise<string | undefined> {
  const id = await docker(["image", "ls", "--format", "{{.ID}}", "--no-trunc", name]);
  return id === "" ? undefined : id;
}

/** Changes with the image below it and with every file that goes into it; .dockerignore lists these. */
async function keyOfApp(): Promise<string> {
  const lines = readFileSync(`${root}.dockerignore`, "utf8").split("\n");
  const roots = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  const paths = roots.flatMap((path) => [path, ...globSync(`${path}/**/*`, { cwd: root })]);
  const files = paths.filter((path) => !/\.test\.tsx?$/.test(path) && statSync(root + path).isFile());
  const hash = createHash("sha256").update((await idOf(baseImage)) ?? "");
  for (const path of [...files.sort(), "apps/docker/Dockerfile"]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

/** Does the work while nobody else on this machine does; a lock whose holder is gone is nobody's. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(lock), { recursive: true });
  while (!taken()) await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!isHeld()) rmSync(lock, { force: true });
    return false;
  }
}

/** A file that is still empty has a holder, too: one that is just writing its number. */
function isHeld(): boolean {
  try {
    return isRunning(Number(readFileSync(lock, "utf8")));
  } catch {
    return false;
  }
}
