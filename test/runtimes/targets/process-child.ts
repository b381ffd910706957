/** One process of the app: started, listened to, and ended as an operator does it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process that serves. */
export interface Child {
  readonly url: string;
  /**
   * Asks it to end, and ends it at last.
   *
   * @throws Error with what it said, when it did not end by itself or ended in failure.
   */
  stop(): Promise<void>;
}

/** How long it may take to listen, and to end, and to find its backend again. */
export const patienceMs = 20_000;

const folder = fileURLToPath(new URL("../../../apps/node/", import.meta.url));

/** Those that run, so that none outlives the tests, whatever becomes of them. */
const running = new Set<ReturnType<typeof spawn>>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts it with these settings and no others; `hear` is told its lines.
 *
 * @throws Error with what it said, when it does not come to listen.
 */
export async function startChild(
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  hear: (line: string) => void,
): Promise<Child> {
  const { PATH = "" } = process.env;
  const child = spawn(program, args, { cwd: folder, env: { PATH, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const said: string[] = [];
  const ended = once(child, "close").then(
    ([code, signal]) => `ended with ${code ?? signal}`,
    (error: Error) => `did not start: ${error.message}`,
  );
  ended.then(() => running.delete(child));

  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        hear(line);
        const [, url] = /"url":"([^"]+)".*"msg":"listening"/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const told = (what: string): Error =>
    new Error([`${program} ${args.join(" ")} ${what}`, ...said.slice(-50)].join("\n"));

  /** Waits for something, but no longer than patience allows: then the process is ended by force. */
  const inTime = async <T>(awaited: Promise<T>): Promise<T | string> => {
    const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    try {
      return await Promise.race([awaited, ended]);
    } finally {
      clearTimeout(late);
    }
  };

  const first = await inTime(listening.then((url) => ({ url })));
  if (typeof first === "string") throw told(first === "ended with SIGKILL" ? "never listened" : first);
  return {
    url: first.url,
    async stop() {
      child.kill("SIGTERM");
      const how = await inTime(ended);
      if (how !== "ended with 0") throw told(how);
    },
  };
}
