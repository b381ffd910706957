/** Redis commands encoded beforehand: a client that costs next to nothing, so that it does not slow the server's core. */

import { connect } from "node:net";

export type Command = readonly (string | number)[];

/** Commands as one batch of bytes, ended by a PING whose answer tells that all have been answered. */
export function encoded(commands: readonly Command[]): Buffer {
  return Buffer.from([...commands, ["PING"]].map(oneEncoded).join(""));
}

/** A connection that takes one batch at a time. */
export interface Wire {
  /** Resolves when every command is answered; throws if one of them failed. */
  send(batch: Buffer): Promise<void>;
  end(): void;
}

export async function wireTo(port: number): Promise<Wire> {
  const socket = connect(port, "127.0.0.1").setNoDelay();
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  let answered: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  let tail = "";
  socket.on("data", (data) => {
    tail += data.toString("latin1");
    if (!tail.endsWith("+PONG\r\n")) return;
    const failure = /(?:^|\r\n)-(.*)/.exec(tail)?.[1];
    tail = "";
    if (failure === undefined) answered?.();
    else failed?.(new Error(failure));
  });
  return {
    send(batch) {
      socket.write(batch);
      return new Promise((resolve, reject) => {
        answered = resolve;
        failed = reject;
      });
    },
    end: () => socket.destroy(),
  };
}

function oneEncoded(command: Command): string {
  return `*${command.length}\r\n${command.map((arg) => `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`).join("")}`;
}
