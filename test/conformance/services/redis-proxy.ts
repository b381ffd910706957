/** A way to a Redis server that loses answers on command: what was asked has been done, and nobody hears of it. */

import { connect, createServer, type Socket } from "node:net";

export interface LossyProxy {
  readonly url: string;
  /** Loses the next answer, and the connection with it. */
  loseAnswer(): void;
  close(): void;
}

export async function lossyProxy(port: number): Promise<LossyProxy> {
  let isLossy = false;
  const open = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (asked) => far.write(asked));
    far.on("data", (answer) => {
      if (!isLossy) near.write(answer);
      else near.destroy();
      isLossy = false;
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  const address = proxy.address();
  return {
    url: `redis://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    loseAnswer() {
      isLossy = true;
    },
    close() {
      proxy.close();
      for (const socket of open) socket.destroy();
    },
  };
}
