/** The Docker engine that answers here, if one does, spoken to through the client on the path. */

import { spawn, spawnSync } from "node:child_process";
import type { Readable } from "node:stream";

/** How a command is run. */
export interface CommandOptions {
  /** Given to it, and then closed. */
  readonly input?: Uint8Array | Readable;
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 60_000 */
  readonly timeoutMs?: number;
}

/**
 * Runs a program and gives what it printed.
 *
 * @throws Error with the last of what it said, when it fails or takes too long.
 */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { input, environment, timeoutMs = 60_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: "pipe" });
    const printed: Buffer[] = [];
    const said: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    const failed = (how: string): Error => {
      const all = `${Buffer.concat(printed)}\n${Buffer.concat(said)}`.trim().split("\n").slice(-20);
      return new Error([`${program} ${args.join(" ")} ${how}`, ...all].join("\n"));
    };
    child.on("error", (error) => reject(failed(`did not start: ${error.message}`)));
    child.on("close", (code, signal) => {
      clearTimeout(late);
      if (code === 0) return resolve(Buffer.concat(printed).toString("utf8").trim());
      reject(failed(signal === "SIGKILL" ? `took more than ${timeoutMs} ms` : `ended with ${code ?? signal}`));
    });
    // Whoever ends early says why on stderr; that what it was given did not arrive is no news then.
    child.stdin.on("error", () => {});
    if (input === undefined || input instanceof Uint8Array) child.stdin.end(input);
    else input.pipe(child.stdin);
  });
}

/** Runs a command of the client. */
export function docker(args: readonly string[], options?: CommandOptions): Promise<string> {
  return command("docker", args, options);
}

/** Whether the engine has an image of this name. */
export async function hasImage(name: string): Promise<boolean> {
  return (await docker(["image", "ls", "--quiet", name])) !== "";
}

/** Why no engine can be used, and the cure, as an engine that answers may be anywhere; undefined where one can. */
export const engineMissing: string | undefined = lookForEngine();

function lookForEngine(): string | undefined {
  const { error, status, stderr } = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], {
    encoding: "utf8",
    timeout: 10_000,
  });
  if (error && "code" in error && error.code === "ENOENT") return "docker is missing: apt-get install docker.io";
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  return `no Docker engine answers (${reason.replace(/\.$/, "")}): start one, or run npm test as root, which does`;
}
