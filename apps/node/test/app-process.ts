/** The app as a process of its own, and what it says. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Runtime, runtimes } from "../scripts/runtimes.ts";

/** A line of the app's log. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface AppProcess {
  readonly child: ChildProcess;
  /** The port, once it listens; rejects when it never does. */
  readonly listening: Promise<number>;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** What it has logged so far, but for the requests. */
  log(): LogLine[];
}

/** The runtimes that are here. Where CI promises all of them, a missing one is a failure. */
export const installed: readonly Runtime[] = Object.values(runtimes).filter(({ missing }) => {
  if (missing === undefined) return true;
  if (process.env["CI"] === "true") throw new Error(missing);
  console.warn(`What needs it is skipped: ${missing}`);
  return false;
});

const children: ChildProcess[] = [];

/** Ends every process that was started here. */
export function endProcesses(): void {
  for (const child of children) child.kill("SIGKILL");
}

/**
 * Starts the app with these settings, and no other but a free port, a database in memory, and no jobs; files may lie in the
 * system's temporary folder.
 */
export function startProcess(
  environment: Readonly<Record<string, string>> = {},
  runtime: Runtime["name"] = "node",
): AppProcess {
  const { PATH = "" } = process.env;
  const [program, ...args] = runtimes[runtime].command({ folders: [tmpdir()] });
  const child = spawn(program, args, {
    env: { PATH, PORT: "0", DATABASE_PATH: ":memory:", JOBS: "off", ...environment },
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  });
  children.push(child);
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "exit").then(async ([code]) => ({ code, stdout: await stdout, stderr: await stderr }));
  let seen = "";
  const listening = new Promise<number>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      seen += chunk;
      const [, port] = /"url":"http:\/\/[^"]+:(\d+)"/.exec(seen) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("exit", async () => reject(new Error(`never listened: ${seen}${await stderr}`)));
  });
  // Whoever expects the process to fail does not wait for it to listen.
  listening.catch(() => {});
  const log = (): LogLine[] => {
    const lines = seen.split("\n").filter((line) => line.endsWith("}"));
    return lines.map((line) => JSON.parse(line) as LogLine).filter(({ msg }) => msg !== "request" && msg !== "denied");
  };
  return { child, ended, listening, log };
}

/** Ends it as an operator does, and waits for it. */
export async function stopped({ child, ended }: AppProcess): AppProcess["ended"] {
  child.kill("SIGTERM");
  return await ended;
}
