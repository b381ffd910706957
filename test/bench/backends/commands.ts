/** What a server is really asked: every command, and whether a client or a script sent it. */

import { Redis } from "ioredis";

/** A command as the server saw it. */
export interface Command {
  /** `lua`, or a client's address. */
  readonly source: string;
  /** In lower case. */
  readonly name: string;
}

/** The commands that reach a server while the work is done. */
export async function commandsOf(url: string, work: () => Promise<void>): Promise<Command[]> {
  const client = new Redis(url);
  const monitor = await client.monitor();
  const seen: Command[] = [];
  try {
    const ended = new Promise<void>((resolve) => {
      monitor.on("monitor", (_time: string, args: readonly string[], source: string) => {
        const [name = "", text] = args;
        if (name.toLowerCase() === "echo" && text === "end of work") resolve();
        else seen.push({ source, name: name.toLowerCase() });
      });
    });
    await work();
    await client.call("ECHO", "end of work");
    await ended;
    return seen;
  } finally {
    monitor.disconnect();
    client.disconnect();
  }
}
