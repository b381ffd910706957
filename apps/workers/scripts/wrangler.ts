/** Wrangler as a process: without an account, a terminal, a network or metrics, and ended when we are. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const cli = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "wrangler-dist/cli.js");

/** What keeps wrangler from asking anybody anything. */
export const alone = {
  WRANGLER_SEND_METRICS: "false",
  // Otherwise it asks Cloudflare what a request looks like here, and complains where there is no network.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
} as const;

/** Run before wrangler: gives it, after the name of its command, the arguments that stand in this variable. */
const unlistedVariable = "SLUICE_UNLISTED_ARGUMENTS";
const readUnlisted = `data:text/javascript,${encodeURIComponent(`
  process.argv.splice(3, 0, ...JSON.parse(process.env.${unlistedVariable} ?? "[]"));
  delete process.env.${unlistedVariable};
`)}`;

const ownFolder = fileURLToPath(new URL("..", import.meta.url));

/** Starts it, by default in the Worker's folder; its errors are shown as they are. */
export function startWrangler(
  args: readonly string[],
  cwd: string = ownFolder,
  unlisted: readonly string[] = [],
): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  // Not its own starter, which would stand between us and the process that is to be told to end.
  const child = spawn(process.execPath, ["--no-warnings", "--import", readUnlisted, cli, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...alone, [unlistedVariable]: JSON.stringify(unlisted) },
  });
  const end = (): void => void child.kill("SIGTERM");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

/**
 * Runs a command of wrangler to its end.
 *
 * @throws Error with all it has said, where it fails.
 */
export async function runWrangler(args: readonly string[], cwd?: string): Promise<string> {
  const child = startWrangler(args, cwd);
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`wrangler ${args.join(" ")} failed:\n${said}`);
  return said;
}
