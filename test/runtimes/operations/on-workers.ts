/** What operators of Workers see: what wrangler says of a configuration, and what a Worker says that runs in workerd. */

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { createTestHarness, type TestHarness } from "wrangler";
import { written } from "./stand.ts";

// Otherwise wrangler asks Cloudflare what a request looks like here, and complains where there is no network.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] ??= "false";

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler")), "../bin/wrangler.js");

/** What `wrangler deploy` says of a configuration, up to where it would begin to upload. */
export function deployed(configuration: string, ...more: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-wrangler-"));
  const args = [wrangler, "deploy", "--dry-run", "--config", fixture(configuration), "--outdir", join(folder, "out")];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: folder, CI: "1", NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, ...more], { env }, (_error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true });
      resolve(stripVTControlCharacters(stdout + stderr));
    });
  });
}

/** What workerd says when this environment of the Worker is started, and asked once. */
export function started(environment: string): Promise<string> {
  return once({ workers: [{ configPath: fixture("wrangler.jsonc"), env: environment }] }, "/");
}

/** What the example app answers to `/api/me`, or says instead of starting, with these changes to its configuration. */
export async function answeredByApp({ without = [] }: AppChanges): Promise<string> {
  const root = fileURLToPath(new URL("../../../apps/workers/", import.meta.url));
  const lines = readFileSync(join(root, "wrangler.jsonc"), "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  const all = JSON.parse(lines) as Record<string, unknown>;
  const kept = Object.entries(all).filter(([name]) => !without.includes(name) && name !== "$schema");
  return await once({ root, workers: [{ config: Object.fromEntries(kept) }] }, "/api/me", {
    Authorization: "Bearer demo-free",
  });
}

export interface AppChanges {
  /** Fields of wrangler.jsonc that are left out. */
  readonly without?: readonly string[];
}

/** Starts a Worker, asks it once, and ends it. */
async function once(
  options: Parameters<typeof createTestHarness>[0],
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const harness = createTestHarness(options);
  try {
    await harness.listen();
    const response = await harness.fetch(`http://worker.example${path}`, { headers });
    return [await written(response as unknown as Response), logged(harness)].join("\n");
  } catch {
    // Why it did not start workerd has said.
    return logged(harness);
  } finally {
    await harness.close();
  }
}

let running: Promise<TestHarness> | undefined;

async function start(): Promise<TestHarness> {
  const harness = createTestHarness({ workers: [{ configPath: fixture("wrangler.jsonc") }] });
  await harness.listen();
  return harness;
}

/** Sends the Worker these requests, one after the other; gives the answers with what it has logged meanwhile. */
export async function answered(
  ...requests: readonly { readonly path: string; readonly headers?: Readonly<Record<string, string>> }[]
): Promise<string> {
  running ??= start();
  const harness = await running;
  // The simulator's windows are minutes of the clock: none should end in between.
  const leftMs = 60_000 - (Date.now() % 60_000);
  if (leftMs < 5_000) await new Promise((resolve) => setTimeout(resolve, leftMs + 50));
  harness.clearLogs();
  const answers: string[] = [];
  for (const { path, headers = {} } of requests) {
    const response = await harness.fetch(`http://worker.example${path}`, { headers });
    answers.push(`GET ${path}`, await written(response as unknown as Response));
  }
  return [...answers, logged(harness)].join("\n");
}

/** Ends the Worker, if it has been started. */
export async function endWorkers(): Promise<void> {
  await (await running?.catch(() => undefined))?.close();
  running = undefined;
}

function logged(harness: TestHarness): string {
  return harness
    .getLogs()
    .map(({ message }) => message)
    .join("\n");
}
