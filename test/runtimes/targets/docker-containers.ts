/** Containers of apps/docker/compose.yaml: made with a database in their volume, started, listened to, and removed. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { composeProject, projectName, removed } from "@sluice/test-services/docker-compose";
import { docker } from "@sluice/test-services/docker-engine";
import type { AccessRow } from "../target.ts";
import { tarOf } from "./tar.ts";

/** What to start. */
export interface ContainersOptions {
  readonly image: string;
  /** Services of compose.yaml, each as often as it is to run. */
  readonly apps: readonly string[];
  /** Settings that compose.yaml passes on. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** A file to begin with; it is copied. */
  readonly database: string;
  /** A file that runs instead of the image's own bundle. */
  readonly bundle?: string | undefined;
}

/** A container of the app. */
export interface Container {
  readonly id: string;
  readonly url: string;
}

/** Those that run. */
export interface Containers {
  readonly containers: readonly Container[];
  /** The address that the app sees of everybody who comes through a published port. */
  readonly gateway: string;
  /** The container of Redis, where the apps use it. */
  readonly redis: string | undefined;
  /**
   * Ends them as an operator does, and removes everything.
   *
   * @throws Error when one does not end by itself within its ten seconds, or ends in failure.
   */
  stop(): Promise<void>;
}

/** Published wherever a port is free, so that whoever uses the example meanwhile is not in the way. */
export const anyPorts = { APP_PORT: "0", APP_A_PORT: "0", APP_B_PORT: "0" } as const;

/** The number of the user `node` in the official images. */
const nodeUser = 1_000;

/** How long an app may take to listen, and how long to end. */
const patienceMs = 20_000;

/** Starts containers under a name of their own; `hear` is told what the apps say, line by line. */
export async function startContainers(
  { image, apps, settings = {}, database, bundle }: ContainersOptions,
  hear: (line: string) => void,
): Promise<Containers> {
  const names = [...new Set(apps)];
  const folder = mkdtempSync(join(tmpdir(), "sluice-compose-"));
  const override = join(folder, "override.json");
  const changed = { image, ...(bundle && { volumes: [`${bundle}:/app/main.mjs:ro`] }) };
  const services = Object.fromEntries(names.map((app) => [app, changed]));
  // YAML includes JSON.
  writeFileSync(override, JSON.stringify({ services }));
  const project = composeProject(projectName(), { ...settings, ...anyPorts }, [override]);
  const ears: { stop(): void }[] = [];
  const remove = async (): Promise<void> => {
    for (const ear of ears) ear.stop();
    await removed(project);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const scale = names.flatMap((name) => ["--scale", `${name}=${apps.filter((app) => app === name).length}`]);
    await project.run("up", "--no-start", "--no-build", ...scale, ...names);
    const ids = (await Promise.all(names.map(project.containers))).flat();
    const [redis] = await project.containers("redis");
    const archive = tarOf({ name: "feeds.sqlite", bytes: readFileSync(database), owner: nodeUser });
    // The volume is the same for all.
    await docker(["cp", "-", `${ids[0]}:/data`], { input: archive });
    // What Compose would wait for is there long before the app has come to ask for it.
    await docker(["start", ...(redis ? [redis] : []), ...ids]);
    const containers = await Promise.all(ids.map(async (id) => ({ id, url: await publishedAt(id) })));
    ears.push(...ids.map((id) => listening(id, hear)));
    await Promise.all(containers.map(serving));
    return {
      containers,
      gateway: await gatewayOf(ids[0] as string),
      redis,
      async stop() {
        try {
          await stopped(ids);
        } finally {
          await remove();
        }
      },
    };
  } catch (error) {
    await remove().catch(() => {});
    throw error;
  }
}

/** Hears what a container says from its start, until it is stopped or nobody listens any more. */
function listening(id: string, hear: (line: string) => void): { stop(): void } {
  const child = spawn("docker", ["logs", "--follow", id], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", hear);
  return { stop: () => void child.kill() };
}

/** Waits until the app answers, and no longer than it lives. */
export async function serving({ id, url }: Container): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    const state = await docker(["inspect", "--format", "{{.State.Status}}", id]);
    if (state !== "running" || performance.now() > giveUpAt) {
      throw new Error(`the container is ${state} and does not answer:\n${await docker(["logs", id])}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Where a container that runs is published. */
export async function publishedAt(id: string): Promise<string> {
  return `http://${await docker(["port", id, "8787/tcp"])}`;
}

async function gatewayOf(id: string): Promise<string> {
  return await docker(["inspect", "--format", "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", id]);
}

async function stopped(ids: readonly string[]): Promise<void> {
  await docker(["stop", "--time", "10", ...ids]);
  for (const id of ids) {
    const code = await docker(["inspect", "--format", "{{.State.ExitCode}}", id]);
    if (code !== "0") throw new Error(`a container ended with ${code}:\n${await docker(["logs", "--tail", "20", id])}`);
  }
}

/** The access log, read inside the container: only there SQLite's locks hold. */
export async function accessesIn({ id }: Container): Promise<readonly AccessRow[]> {
  const script = `
    const { DatabaseSync } = require("node:sqlite");
    const database = new DatabaseSync("/data/feeds.sqlite", { readOnly: true, timeout: 5000 });
    const columns = "feed_id as feedId, at_ms as atMs, address, user_agent as userAgent, status";
    console.log(JSON.stringify(database.prepare("select " + columns + " from sluice_feed_access order by id").all()));`;
  return JSON.parse(await docker(["exec", id, "node", "--eval", script]));
}
