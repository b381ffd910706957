/** A process of its own for one contender, so that nobody runs on code that another has made polymorphic. */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Sets a contender up with what it is given, such as a server's address; what it returns is called once for each round. */
export type Contender<T> = (given: string) => Answer<T> | Promise<Answer<T>>;
type Answer<T> = () => T | Promise<T>;

/** The contenders of a measure by name; its file exports them as `contenders`. */
export type Contenders<T> = Readonly<Record<string, Contender<T>>>;

export interface Running<T> {
  ask(): Promise<T>;
  end(): void;
}

const file = fileURLToPath(import.meta.url);

/** Starts a contender of the measure in `moduleUrl`. Node strips the types itself: no compiler's marks in what is timed. */
export function start<T>(moduleUrl: string, name: string, given = ""): Running<T> {
  const child = fork(file, [moduleUrl, name, given], { execArgv: ["--expose-gc"], stdio: "inherit" });
  return { ask: () => reply<T>(child, name), end: () => child.kill() };
}

/** Starts a contender, asks once and ends it. */
export async function askOnce<T>(moduleUrl: string, name: string): Promise<T> {
  const running = start<T>(moduleUrl, name);
  try {
    return await running.ask();
  } finally {
    running.end();
  }
}

function reply<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`contender ${name} ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message: { readonly answer: T } | { readonly error: string }) => {
      child.off("exit", ended);
      if ("error" in message) reject(new Error(`contender ${name}: ${message.error}`));
      else resolve(message.answer);
    });
    child.send("round");
  });
}

/** In the child: sets up, then answers every message. */
async function serve(moduleUrl: string, name: string, given: string): Promise<void> {
  let answer: Promise<Answer<unknown>> | undefined;
  const setUp = async (): Promise<Answer<unknown>> => {
    const { contenders } = (await import(moduleUrl)) as { readonly contenders: Contenders<unknown> };
    const contender = contenders[name];
    if (contender === undefined) throw new Error("is in no table of contenders");
    return contender(given);
  };
  // Where a run is broken off: whatever a contender keeps open ends with it.
  process.once("disconnect", () => process.exit());
  process.on("message", async () => {
    try {
      answer ??= setUp();
      process.send?.({ answer: await (await answer)() });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
}

const [, program, moduleUrl, name, given = ""] = process.argv;
if (program === file && process.send !== undefined && moduleUrl !== undefined && name !== undefined) {
  await serve(moduleUrl, name, given);
}
