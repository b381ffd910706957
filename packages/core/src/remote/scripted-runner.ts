/** What a scripted backend needs of a client: to run one script with these keys and arguments, once. */

import type { Deadline } from "../resilience/deadline.ts";

/** A Lua script, and the SHA-1 of its text, by which a server that has seen it knows it. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** Runs scripts on a server. One call is one round trip, but for the first after the server forgot the script. */
export interface ScriptRunner {
  /**
   * Runs the script once and gives its reply as the client parsed it: integers as numbers, strings as strings, absent as
   * null. {@link byShaFirst} does EVALSHA and EVAL.
   *
   * Sends nothing once `deadline.passed`; whoever calls has stopped waiting by then. Never sends again what may have been
   * carried out. Rejects with whatever the client rejected with, which `scripted` turns into a key-free BackendError by the
   * word that Redis errors begin with, or with a BackendError of its own where it knows better.
   */
  run(script: Script, keys: readonly string[], args: readonly string[], deadline: Deadline): Promise<unknown>;
}

/**
 * Runs a script by its SHA, and by its text only where the server does not know it: then nothing has run yet, and to send it
 * again charges nobody twice. EVAL also makes the server remember it.
 */
export async function byShaFirst(
  { text, sha }: Script,
  deadline: Deadline,
  send: (command: "EVALSHA" | "EVAL", script: string) => PromiseLike<unknown>,
): Promise<unknown> {
  try {
    return await send("EVALSHA", sha);
  } catch (error) {
    if (deadline.passed || !isUnknownScript(error)) throw error;
  }
  return await send("EVAL", text);
}

/** Whether the server refused because it does not know the script; some clients put the command behind the message. */
function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && /^(\S+: )?NOSCRIPT\b/.test(error.message);
}
