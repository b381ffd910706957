/** Runs a command of the workspace and keeps what it says. */

import { execFile } from "node:child_process";
import { root } from "./workspace.ts";

export interface Ran {
  readonly code: number;
  readonly output: string;
}

export function run(command: string, args: readonly string[], folder = ""): Promise<Ran> {
  return new Promise((resolve) => {
    const options = {
      cwd: root + folder,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    };
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ code, output: `${stdout}${stderr}`.trim() || (error?.message ?? "") });
    });
  });
}

/** Runs a command that has to succeed; what it said is the error otherwise. */
export async function succeed(command: string, args: readonly string[], folder = ""): Promise<string> {
  const { code, output } = await run(command, args, folder);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}
